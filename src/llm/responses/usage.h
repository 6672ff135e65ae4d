// The usage object of the Responses API and the normalised one. Input includes cached and
// cache-written tokens on both sides, output includes reasoning. Numbers that contradict each other
// are no usage at all: better unknown than billed wrong. Pure.
#pragma once

#include <optional>
#include <string_view>

#include "base/json/cursor.h"
#include "base/json/writer.h"
#include "base/usage.h"

namespace headgate::llm::responses {

/// Reads the usage that is next at `cursor`; null, or one that cannot be, gives nothing. False: the
/// JSON is broken.
bool read_usage(base::json::Cursor& cursor, std::optional<base::Usage>& usage);

/// Writes it with every member that the SDK's types require.
void write_usage(base::json::Writer& out, const base::Usage& usage);

/// service_tier: "default", "flex", "priority", "scale", "fast", "ultrafast".
std::string_view tier_name(base::ServiceTier tier);
base::ServiceTier tier_named(std::string_view name);

/// What a response's tool_usage bills besides tokens of its model.
struct ToolUsage {
  std::int64_t web_searches = 0;
  std::int64_t image_tokens = 0;  // of the model that made pictures
};
/// Reads the tool_usage that is next. False: the JSON is broken.
bool read_tool_usage(base::json::Cursor& cursor, ToolUsage& usage);

}  // namespace headgate::llm::responses
