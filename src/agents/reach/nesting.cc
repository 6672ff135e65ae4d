#include "agents/reach/nesting.h"

#include <algorithm>

#include "agents/mcp/object_view.h"
#include "base/json/writer.h"

namespace headgate::agents {

namespace {

constexpr std::string_view kName = "mcp_nesting";

}  // namespace

std::string nested_metadata(int nesting) {
  if (nesting == 0) return {};
  std::string out;
  base::json::Writer writer(out);
  writer.begin_object();
  writer.member(kName, nesting);
  writer.end_object();
  return out;
}

int nesting_of(std::string_view metadata) {
  if (metadata.empty()) return 0;
  mcp::ObjectView view(metadata);
  const std::int64_t said = view.integer(kName).value_or(0);
  return static_cast<int>(std::clamp<std::int64_t>(said, 0, kNestingMax));
}

}  // namespace headgate::agents
