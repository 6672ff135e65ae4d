// Gemini's usageMetadata and the normalised usage: promptTokenCount holds what was cached,
// candidatesTokenCount does not hold the thoughts, and results of the provider's own tools are
// input. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/json/cursor.h"
#include "base/json/writer.h"
#include "base/usage.h"

namespace headgate::llm::gemini {

/// Reads the value that is next. Nothing where it is no object, does not say how long the prompt
/// was, or contradicts itself. False only when the JSON is broken.
bool read_usage(base::json::Cursor& cursor, std::optional<base::Usage>& usage);

/// How many searches a candidate's groundingMetadata names: they are billed apiece, and the
/// usageMetadata does not count them.
std::int64_t searches_of(std::string_view grounding_metadata);

/// Writes a usageMetadata object. Cache writes and searches have no word in it.
void write_usage(base::json::Writer& out, const base::Usage& usage);

}  // namespace headgate::llm::gemini
