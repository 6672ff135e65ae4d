#include "agents/mcp_client/remote_tools.h"

#include <algorithm>
#include <utility>

#include "agents/mcp/message.h"
#include "agents/mcp/object_view.h"
#include "base/json/cursor.h"
#include "base/text/utf8.h"

namespace headgate::agents::mcp {

using base::Errc;
using base::fail;
using base::Result;

namespace {

constexpr std::size_t kNameBytesMax = 128;
constexpr std::size_t kCursorBytesMax = 4096;

bool is_name(std::string_view name) {
  return !name.empty() && name.size() <= kNameBytesMax &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '_' || c == '-' || c == '.' || c == '/';
         });
}

// A schema that leads to another place is never followed there, and never passes for one that
// allows everything.
bool leads_elsewhere(const Tool& tool) {
  return tool.unchecked().find("$ref") != std::string::npos;
}

/// One entry of the list; `why` says what keeps it out.
std::optional<RemoteTool> read_tool(ObjectView& view, const RemoteLimits& limits, bool with_headers,
                                    const ToolNaming& naming, std::string& why) {
  const auto schema_max = static_cast<std::size_t>(limits.schema_bytes_max);
  const auto text_max = static_cast<std::size_t>(limits.description_bytes_max);
  ToolInfo info;
  info.name = view.string("name").value_or("");
  info.title = view.string("title").value_or("");
  info.description = view.string("description").value_or("");
  info.input_schema = view.object("inputSchema");
  info.output_schema = view.object("outputSchema");
  info.annotations = view.object("annotations");
  if (!is_name(info.name)) {
    why = "its name is none: 1 to 128 letters, digits, '_', '-', '.' and '/'";
  } else if (info.input_schema.empty()) {
    why = "it has no inputSchema";
  } else if (std::max({info.input_schema.size(), info.output_schema.size(),
                       info.annotations.size()}) > schema_max) {
    why = "its schemas or annotations are larger than schema_bytes_max";
  } else if (info.title.size() + info.description.size() > text_max) {
    why = "its description is longer than description_bytes_max";
  }
  if (!why.empty()) return std::nullopt;
  RemoteTool out;
  if (with_headers) {
    auto headers = ParamHeaders::read(info.input_schema);
    if (!headers) {
      why = headers.error().detail;
      return std::nullopt;
    }
    out.headers = std::move(*headers);
  }
  const auto effect = naming.effects.find(info.name);
  if (effect != naming.effects.end()) info.effect = effect->second;
  out.remote_name = info.name;
  info.name.insert(0, naming.prefix);
  out.tool = std::make_shared<const Tool>(std::move(info));
  if (!leads_elsewhere(*out.tool)) return out;
  why = out.tool->unchecked();
  return std::nullopt;
}

}  // namespace

Result<ToolPage> read_tool_page(std::string_view result, const RemoteLimits& limits,
                                bool with_headers, const ToolNaming& naming) {
  ObjectView view(result);
  const std::string_view tools = view.array("tools");
  if (tools.empty()) return fail(Errc::upstream_malformed, "the list of tools has no \"tools\"");
  ToolPage out;
  base::json::Cursor cursor(tools, kMessageDepthMax);
  cursor.enter_array();
  while (cursor.next_element()) {
    const bool is_object = cursor.kind() == base::json::Kind::object;
    cursor.skip();
    if (!cursor.ok() || !is_object) break;
    ObjectView entry(cursor.value_text());
    const bool wanted =
        naming.only.empty() || naming.only.count(entry.string("name").value_or("")) > 0;
    if (!wanted) continue;
    std::string why;
    auto tool = read_tool(entry, limits, with_headers, naming, why);
    if (tool) {
      out.tools.push_back(std::move(*tool));
    } else {
      const std::string name = entry.string("name").value_or("");
      out.refused.push_back({std::string(base::utf8_prefix(name, kNameBytesMax)), why});
    }
  }
  if (!cursor.finish()) {
    return fail(Errc::upstream_malformed, "the list of tools has an entry that is no object");
  }
  out.next_cursor = view.string("nextCursor").value_or("");
  if (out.next_cursor.size() > kCursorBytesMax) {
    return fail(Errc::upstream_malformed, "the list's cursor is longer than 4096 bytes");
  }
  out.ttl_ms =
      std::clamp<std::int64_t>(view.integer("ttlMs").value_or(0), 0, limits.list_ttl_max_ms);
  return out;
}

}  // namespace headgate::agents::mcp
