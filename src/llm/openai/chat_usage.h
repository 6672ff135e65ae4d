// The usage object of chat completions and embeddings, normalised and back, and the words of the
// service tier that prices depend on. One reader for whole answers, streams and every
// OpenAI-compatible server; what contradicts itself is no usage. Pure.
#pragma once

#include <optional>
#include <string_view>

#include "base/json/cursor.h"
#include "base/json/writer.h"
#include "base/usage.h"

namespace headgate::llm::openai {

/// Reads a usage object that is next at `cursor`; anything else is skipped and is no usage. Knows
/// where DeepSeek and Moonshot put their cached tokens, and that xAI counts reasoning beside the
/// completion (its total says so). Returns false when the cursor failed.
bool read_usage(base::json::Cursor& cursor, std::optional<base::Usage>& usage);
/// Likewise of embeddings, which have no output.
bool read_embedding_usage(base::json::Cursor& cursor, std::optional<base::Usage>& usage);
/// As OpenAI writes it for a chat completion.
void write_usage(base::json::Writer& writer, const base::Usage& usage);

/// Of an answer's `service_tier`. Unknown words are standard.
base::ServiceTier tier_of(std::string_view service_tier);
/// Reads the tier that is next at `cursor`; what is no string is standard.
base::ServiceTier read_tier(base::json::Cursor& cursor);
/// The word for it; empty for those that chat completions have none for.
std::string_view name_of(base::ServiceTier tier);

}  // namespace headgate::llm::openai
