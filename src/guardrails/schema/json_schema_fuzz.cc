// Any two texts as schema and instance: no crash, no end of time, breaches within bounds, and what
// is no JSON never passes.
#include "guardrails/schema/json_schema.h"

#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using headgate::guardrails::JsonSchema;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto line = text.find('\n');
  const auto schema = JsonSchema::compile(text.substr(0, line));
  if (!schema || line == std::string_view::npos) return 0;
  const auto breaches = schema->check(text.substr(line + 1));
  if (breaches.size() > JsonSchema::kBreachesMax) std::abort();
  if (!schema->check("{").size()) std::abort();
  return 0;
}
