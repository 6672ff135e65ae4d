#include "agents/mcp_client/call_result.h"

#include <utility>

#include "agents/mcp/message.h"
#include "agents/mcp/object_view.h"
#include "agents/tools/content.h"
#include "base/json/cursor.h"
#include "base/json/writer.h"

namespace headgate::agents::mcp {

using base::Errc;
using base::fail;
using base::Result;

namespace {

constexpr std::size_t kQuestionsMax = 32;
constexpr std::size_t kKeyBytesMax = 256;

base::Error malformed(const std::string& what) {
  return fail(Errc::upstream_malformed, "the MCP server's result " + what);
}

bool are_blocks(std::string_view content) {
  base::json::Cursor cursor(content, kMessageDepthMax);
  if (!cursor.enter_array()) return false;
  while (cursor.next_element()) {
    const bool is_object = cursor.kind() == base::json::Kind::object;
    cursor.skip();
    if (!is_object || !cursor.ok()) return false;
    if (!ObjectView(cursor.value_text()).string("type")) return false;
  }
  return cursor.finish();
}

bool is_question(std::string_view method) {
  return method == method::kElicit || method == method::kSample || method == method::kRoots;
}

Result<ToolOutcome> read_questions(ObjectView& view) {
  InputRequired out;
  const std::string_view requests = view.object("inputRequests");
  ObjectView all(requests);
  auto& members = all.members();
  if (members.size() > kQuestionsMax) return malformed("asks more than 32 questions");
  for (std::size_t i = 0; i < members.size(); ++i) {
    const auto& member = members.at(i);
    ObjectView question(member.raw);
    const std::string method = question.string("method").value_or("");
    if (!is_question(method) || member.name.size() > kKeyBytesMax) {
      return malformed("asks what there is no way to ask");
    }
    const std::string_view params = question.object("params");
    out.requests.push_back(
        {std::string(member.name), method, std::string(params.empty() ? "{}" : params)});
  }
  const auto state = view.string("requestState");
  if (requests.empty() && !state) return malformed("asks for input and says not which");
  out.state = keep_state(state.has_value(), state.value_or(""));
  return ToolOutcome(std::move(out));
}

// What a server says of itself is for our trace, not for the caller.
std::string passed_meta(std::string_view meta) {
  std::string out;
  base::json::Writer writer(out);
  writer.begin_object();
  ObjectView view(meta);
  auto& members = view.members();
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (members.at(i).name == key::kServerInfo) continue;
    writer.member_raw(members.at(i).name, members.at(i).raw);
  }
  writer.end_object();
  return out == "{}" ? std::string() : out;
}

Result<ToolOutcome> read_complete(ObjectView& view, const Tool& tool) {
  ToolResult out;
  out.is_error = view.boolean("isError").value_or(false);
  out.meta = passed_meta(view.object("_meta"));
  if (view.has("content")) {
    const std::string_view content = view.array("content");
    if (!are_blocks(content)) return malformed("has a \"content\" that is no list of blocks");
    out.content = content;
  }
  const std::string_view structured = view.raw("structuredContent");
  if (!structured.empty()) out.structured = std::string(structured);
  if (out.is_error || tool.info().output_schema.empty()) return ToolOutcome(std::move(out));
  const std::string wrong =
      out.structured ? tool.check_result(*out.structured) : "there is no structuredContent";
  if (wrong.empty()) return ToolOutcome(std::move(out));
  return fail(Errc::output_invalid,
              "the result of '" + tool.info().name + "' is not what its schema says: " + wrong);
}

}  // namespace

std::string keep_state(bool has_state, std::string_view state) {
  return has_state ? "s" + std::string(state) : std::string("n");
}

std::optional<std::string_view> kept_state(std::string_view state) {
  if (!state.starts_with('s')) return std::nullopt;
  return state.substr(1);
}

Result<ToolOutcome> read_call_result(std::string_view result, const Tool& tool) {
  ObjectView view(result);
  const std::string type = view.string("resultType").value_or("complete");
  if (type == "complete") return read_complete(view, tool);
  if (type == "input_required") return read_questions(view);
  return malformed("is of a type that this client does not know: " + type.substr(0, 64));
}

}  // namespace headgate::agents::mcp
