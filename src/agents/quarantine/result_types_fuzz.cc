// Any bytes as a tool's result, and as a reader's answer: what comes out is JSON of the types and
// nothing else, and the same types take it again.
#include "agents/quarantine/result_types.h"

#include <cstdlib>

#include "base/json/cursor.h"

using namespace headgate;

namespace {

agents::ResultTypes make_types() {
  agents::ResultTypeConfigs config;
  for (const char* from : {"/v", "/v/0", ""}) {
    for (int kind = 0; kind <= static_cast<int>(agents::ValueKind::string); ++kind) {
      auto& field = config.add("f" + std::to_string(config.size()));
      field.type = static_cast<agents::ValueKind>(kind);
      field.from = from;
      if (field.type == agents::ValueKind::enumeration) field.values = {"a", "b"};
      if (field.type == agents::ValueKind::id) field.pattern = "[A-Z]+-[0-9]+";
    }
  }
  std::vector<agents::ResultTypes::Wrong> wrongs;
  auto out = agents::ResultTypes::compile(config, wrongs);
  if (!wrongs.empty()) std::abort();
  return out;
}

void check(const agents::TypedValues& values) {
  for (const agents::TypedValue& value : values) {
    if (value.json.empty()) continue;
    if (!base::json::valid(value.json) || value.dropped) std::abort();
    if (!value.is_text && value.json.find_first_of(" \n\\") != std::string::npos) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const agents::ResultTypes types = make_types();
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check(types.found_in(text));
  check(types.read_of(text));
  return 0;
}
