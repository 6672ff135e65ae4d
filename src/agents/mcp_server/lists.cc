#include "agents/mcp_server/lists.h"

#include <utility>

#include "agents/mcp/object_view.h"
#include "base/json/writer.h"
#include "base/text/base64.h"

namespace headgate::agents::mcp {

using base::Async;
using base::json::Writer;

namespace {

constexpr std::string_view kCursorMark = "after:";
constexpr std::string_view kNoSchema = R"({"type":"object"})";

/// Where a page begins and ends in a list whose entries have names.
struct Page {
  std::size_t begin = 0;
  std::size_t end = 0;
};

// A cursor says behind which entry a page begins, so that it survives a list that grows.
template <class NameOf>
std::optional<Page> page_of(std::string_view params, std::size_t entries, std::size_t page_size,
                            NameOf name_of) {
  Page page;
  ObjectView view(params);
  if (view.has("cursor")) {
    const auto text = base::base64_decoded(view.string("cursor").value_or(""));
    if (!text || !text->starts_with(kCursorMark)) return std::nullopt;
    const std::string_view last = std::string_view(*text).substr(kCursorMark.size());
    while (page.begin < entries && name_of(page.begin) != last) ++page.begin;
    if (page.begin++ == entries) return std::nullopt;
  }
  page.end = std::min(entries, page.begin + page_size);
  return page;
}

/// One list: its name in the result, how many entries, their names, how one is written.
template <class NameOf, class WriteOne>
RpcReply write_list(const RpcRequest& request, std::string_view name, std::size_t entries,
                    NameOf name_of, WriteOne write_one) {
  const auto page_size = static_cast<std::size_t>(request.server.config.page_size);
  const auto page = page_of(request.message.params, entries, page_size, name_of);
  if (!page) return invalid_params("\"cursor\" is not one of this list; start without it");
  std::string out;
  Writer writer(out);
  begin_result(request, writer);
  writer.array(name);
  for (std::size_t i = page->begin; i < page->end; ++i) write_one(writer, i);
  writer.end_array();
  if (page->end < entries) {
    const std::string last(name_of(page->end - 1));
    writer.member("nextCursor", base::base64(std::string(kCursorMark) + last));
  }
  add_caching(request, writer, request.server.config.list_ttl_ms);
  writer.end_object();
  return out;
}

void member_if(Writer& writer, std::string_view name, std::string_view text) {
  if (!text.empty()) writer.member(name, text);
}

void raw_if(Writer& writer, std::string_view name, std::string_view json) {
  if (!json.empty()) writer.member_raw(name, json);
}

void write_tool(const RpcRequest& request, Writer& writer, const ToolInfo& tool) {
  writer.begin_object();
  writer.member("name", tool.name);
  member_if(writer, "title", tool.title);
  member_if(writer, "description", tool.description);
  writer.member_raw("inputSchema", tool.input_schema.empty() ? kNoSchema : tool.input_schema);
  if (request.era == Era::modern || has_object_root(tool.output_schema)) {
    raw_if(writer, "outputSchema", tool.output_schema);
  }
  raw_if(writer, "annotations", tool.annotations);
  raw_if(writer, "_meta", tool.meta);
  writer.end_object();
}

void write_prompt(Writer& writer, const PromptInfo& prompt) {
  writer.begin_object();
  writer.member("name", prompt.name);
  member_if(writer, "title", prompt.title);
  member_if(writer, "description", prompt.description);
  writer.array("arguments");
  for (const PromptArgument& argument : prompt.arguments) {
    writer.begin_object();
    writer.member("name", argument.name);
    member_if(writer, "description", argument.description);
    writer.member("required", argument.required);
    writer.end_object();
  }
  writer.end_array();
  writer.end_object();
}

void write_resource(Writer& writer, const ResourceInfo& resource, std::string_view uri_name) {
  writer.begin_object();
  writer.member(uri_name, resource.uri);
  writer.member("name", resource.name);
  member_if(writer, "title", resource.title);
  member_if(writer, "description", resource.description);
  member_if(writer, "mimeType", resource.mime_type);
  writer.end_object();
}

RpcReply write_resources(const RpcRequest& request, const std::vector<ResourceInfo>& all,
                         std::string_view list, std::string_view uri_name) {
  return write_list(
      request, list, all.size(), [&](std::size_t i) -> std::string_view { return all[i].uri; },
      [&](Writer& writer, std::size_t i) { write_resource(writer, all[i], uri_name); });
}

}  // namespace

bool has_object_root(std::string_view schema) {
  return ObjectView(schema).string("type") == "object";
}

Async<RpcReply> list_tools(RpcRequest& request) {
  auto tools = co_await request.server.hosts.tools->list_tools(request.ctx);
  if (!tools) co_return host_error(tools.error());
  co_return write_list(
      request, "tools", tools->size(),
      [&](std::size_t i) -> std::string_view { return (*tools)[i]->info().name; },
      [&](Writer& writer, std::size_t i) { write_tool(request, writer, (*tools)[i]->info()); });
}

Async<RpcReply> list_prompts(RpcRequest& request) {
  auto prompts = co_await request.server.hosts.prompts->list_prompts(request.ctx);
  if (!prompts) co_return host_error(prompts.error());
  co_return write_list(
      request, "prompts", prompts->size(),
      [&](std::size_t i) -> std::string_view { return (*prompts)[i].name; },
      [&](Writer& writer, std::size_t i) { write_prompt(writer, (*prompts)[i]); });
}

Async<RpcReply> list_resources(RpcRequest& request) {
  auto all = co_await request.server.hosts.resources->list_resources(request.ctx);
  if (!all) co_return host_error(all.error());
  co_return write_resources(request, *all, "resources", "uri");
}

Async<RpcReply> list_templates(RpcRequest& request) {
  auto all = co_await request.server.hosts.resources->list_templates(request.ctx);
  if (!all) co_return host_error(all.error());
  co_return write_resources(request, *all, "resourceTemplates", "uriTemplate");
}

}  // namespace headgate::agents::mcp
