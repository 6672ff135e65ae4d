// Any bytes as a remote server's answers: a list of tools, a call's result, the handshakes. What is
// taken keeps its bounds.
#include <cstdlib>

#include "agents/mcp_client/call_result.h"
#include "agents/mcp_client/handshake.h"
#include "agents/mcp_client/remote_tools.h"
#include "agents/mcp_wire/line_reader.h"
#include "agents/tools/content.h"
#include "base/json/cursor.h"

using namespace headgate::agents;

namespace {

void check_page(std::string_view text) {
  mcp::RemoteLimits limits;
  limits.description_bytes_max = 100;
  limits.schema_bytes_max = 1'000;
  const auto page = mcp::read_tool_page(text, limits, true);
  if (!page) return;
  for (const auto& tool : page->tools) {
    const ToolInfo& info = tool.tool->info();
    if (info.name.empty() || info.name.size() > 128) std::abort();
    if (info.description.size() > 100 || info.input_schema.size() > 1'000) std::abort();
    tool.tool->check_arguments("{}");
  }
  if (page->ttl_ms < 0 || page->ttl_ms > limits.list_ttl_max_ms) std::abort();
}

void check_result(std::string_view text) {
  static const Tool plain{ToolInfo{}};
  const auto outcome = mcp::read_call_result(text, plain);
  if (!outcome) return;
  const auto* result = std::get_if<ToolResult>(&*outcome);
  if (result == nullptr) return;
  if (!headgate::base::json::valid(result->content, 256)) std::abort();
  if (plain_text(result->content, 64).size() > 64) std::abort();
}

// However bytes are cut, the lines are the same.
void check_lines(std::string_view text) {
  mcp::LineReader whole(1 << 20);
  mcp::LineReader parts(1 << 20);
  std::string a;
  std::string b;
  whole.feed(text);
  while (const auto line = whole.next()) a.append(*line).push_back('\n');
  for (const char c : text) {
    parts.feed({&c, 1});
    while (const auto line = parts.next()) b.append(*line).push_back('\n');
  }
  if (a != b) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_lines(text);
  if (!headgate::base::json::valid(text, mcp::kMessageDepthMax)) return 0;
  check_page(text);
  check_result(text);
  mcp::WireAnswer answer;
  answer.result = text;
  mcp::ServerFacts facts;
  mcp::discovered(answer, facts);
  const auto begun = mcp::initialized(answer);
  if (begun && !mcp::is_legacy(begun->version)) std::abort();
  return 0;
}
