#include "agents/mcp_server/calls.h"

#include <algorithm>
#include <utility>

#include "agents/mcp/object_view.h"
#include "agents/mcp/param_headers.h"
#include "agents/mcp_server/call_trace.h"
#include "agents/mcp_server/input_rounds.h"
#include "agents/mcp_server/lists.h"
#include "agents/tools/content.h"
#include "base/json/writer.h"

namespace headgate::agents::mcp {

using base::Async;
using base::Errc;
using base::json::Writer;

namespace {

/// "name" and "arguments" of a call.
struct Named {
  std::string name;
  std::string_view arguments = "{}";
};

std::optional<RpcError> read_named(const Message& message, Named& out) {
  ObjectView params(message.params);
  auto name = params.string("name");
  if (!name || name->empty()) return invalid_params("\"name\" must be a string");
  out.name = std::move(*name);
  if (!params.has("arguments")) return std::nullopt;
  out.arguments = params.object("arguments");
  if (out.arguments.empty()) return invalid_params("\"arguments\" must be an object");
  return std::nullopt;
}

// Schemas without an annotation are not read for it.
std::string check_headers(const RpcRequest& request, const ToolInfo& tool,
                          std::string_view arguments) {
  const bool has = tool.input_schema.find("x-mcp-header") != std::string::npos;
  if (!has || request.era == Era::legacy || !request.header) return {};
  const auto headers = ParamHeaders::read(tool.input_schema);
  return headers ? headers->mismatch(arguments, request.header) : std::string();
}

RpcReply write_result(const RpcRequest& request, const ToolResult& result) {
  std::string out;
  Writer writer(out);
  const std::string_view meta =
      result.meta.size() > 2 ? std::string_view(result.meta).substr(1, result.meta.size() - 2)
                             : std::string_view();
  begin_result(request, writer, "complete", meta);
  const bool structured =
      result.structured && (request.era == Era::modern || result.structured->starts_with('{'));
  const bool only_structured = result.structured && result.content == "[]";
  writer.member_raw("content", only_structured ? text_result(*result.structured).content
                                               : std::string_view(result.content));
  if (structured) writer.member_raw("structuredContent", *result.structured);
  if (result.is_error) writer.member("isError", true);
  writer.end_object();
  return out;
}

// A tool that breaks its own promise has failed.
ToolResult checked(const Tool& tool, ToolResult result) {
  if (result.is_error || tool.info().output_schema.empty()) return result;
  std::string wrong =
      result.structured ? tool.check_result(*result.structured) : "there is no structured content";
  if (wrong.empty()) return result;
  return text_result("The tool's result is not what its output schema says: " + wrong, true);
}

// What kept a tool from running is for the model to read, unless the request itself is wrong.
RpcReply not_run(const RpcRequest& request, const base::Error& error) {
  switch (error.code) {
    case Errc::invalid_request:
    case Errc::not_found:
    case Errc::permission_denied:
    case Errc::cancelled:
    case Errc::internal: return host_error(error);
    default: return write_result(request, text_result(error.detail, true));
  }
}

/// One call of a tool, from its parameters to its reply.
class ToolRun {
 public:
  ToolRun(RpcRequest& request, std::shared_ptr<const Tool> tool, const Named& named)
      : request_(request),
        tool_(std::move(tool)),
        named_(named),
        rounds_(request, named.name, named.arguments),
        trace_(request, *tool_, named.arguments) {}

  Async<RpcReply> run() {
    if (auto wrong = refuse()) co_return std::move(*wrong);
    while (true) {
      ToolCall call;
      call.name = named_.name;
      call.arguments = named_.arguments;
      call.inputs = rounds_.inputs();
      call.features = request_.features;
      call.idempotency_key = request_.meta.idempotency_key;
      call.nesting = request_.meta.nesting;
      auto outcome =
          co_await request_.server.hosts.tools->call_tool(request_.ctx, call, request_.outlet);
      if (!outcome) {
        trace_.failed(outcome.error());
        co_return not_run(request_, outcome.error());
      }
      const auto* required = std::get_if<InputRequired>(&*outcome);
      if (required == nullptr) co_return finish(std::get<ToolResult>(std::move(*outcome)));
      auto reply = co_await rounds_.ask(*required);
      if (!reply) continue;
      trace_.asked(*required);
      co_return std::move(*reply);
    }
  }

 private:
  std::optional<RpcReply> refuse() {
    const std::string mismatch = check_headers(request_, tool_->info(), named_.arguments);
    if (!mismatch.empty()) {
      return refused({RpcCode::header_mismatch, "Header mismatch: " + mismatch, {}, 400});
    }
    const std::string wrong = tool_->check_arguments(named_.arguments);
    if (!wrong.empty()) {
      return finish(text_result("The arguments are not what the tool takes: " + wrong, true));
    }
    if (auto error = rounds_.begin()) return refused(std::move(*error));
    return std::nullopt;
  }
  RpcReply refused(RpcError error) {
    trace_.failed(base::fail(Errc::invalid_request, error.message));
    return error;
  }
  RpcReply finish(ToolResult result) {
    result = checked(*tool_, std::move(result));
    trace_.ended(result);
    return write_result(request_, result);
  }

  RpcRequest& request_;
  std::shared_ptr<const Tool> tool_;
  const Named& named_;
  InputRounds rounds_;
  CallTrace trace_;
};

}  // namespace

Async<RpcReply> call_tool(RpcRequest& request) {
  Named named;
  if (auto wrong = read_named(request.message, named)) co_return std::move(*wrong);
  if (request.meta.is_bad_key) {
    co_return invalid_params("\"_meta\": " + std::string(key::kIdempotency) +
                             " must be a string of 1 to 255 bytes without control characters");
  }
  auto tool = co_await request.server.hosts.tools->find_tool(request.ctx, named.name);
  if (!tool) co_return host_error(tool.error());
  if (!*tool) co_return invalid_params("Unknown tool: " + named.name);
  ToolRun run(request, std::move(*tool), named);
  auto reply = co_await run.run();
  co_return reply;
}

Async<RpcReply> get_prompt(RpcRequest& request) {
  Named named;
  if (auto wrong = read_named(request.message, named)) co_return std::move(*wrong);
  InputRounds rounds(request, named.name, named.arguments);
  if (auto wrong = rounds.begin()) co_return std::move(*wrong);
  while (true) {
    const PromptCall call{named.name, named.arguments, rounds.inputs(), request.features};
    auto outcome = co_await request.server.hosts.prompts->get_prompt(request.ctx, call);
    if (!outcome) co_return host_error(outcome.error());
    if (const auto* required = std::get_if<InputRequired>(&*outcome)) {
      auto reply = co_await rounds.ask(*required);
      if (reply) co_return std::move(*reply);
      continue;
    }
    const auto& prompt = std::get<PromptResult>(*outcome);
    std::string out;
    Writer writer(out);
    begin_result(request, writer);
    if (!prompt.description.empty()) writer.member("description", prompt.description);
    writer.member_raw("messages", prompt.messages);
    writer.end_object();
    co_return out;
  }
}

namespace {

RpcError no_resource(const RpcRequest& request, std::string_view uri) {
  RpcError out{
      request.era == Era::modern ? RpcCode::invalid_params : RpcCode::legacy_resource_not_found,
      "Resource not found",
      {}};
  Writer writer(out.data);
  writer.begin_object();
  writer.member("uri", uri);
  writer.end_object();
  return out;
}

}  // namespace

Async<RpcReply> read_resource(RpcRequest& request) {
  ObjectView params(request.message.params);
  const auto uri = params.string("uri");
  if (!uri) co_return invalid_params("\"uri\" must be a string");
  InputRounds rounds(request, *uri, "{}");
  if (auto wrong = rounds.begin()) co_return std::move(*wrong);
  while (true) {
    const ResourceRead read{*uri, rounds.inputs(), request.features};
    auto outcome = co_await request.server.hosts.resources->read_resource(request.ctx, read);
    if (!outcome && outcome.error().code == Errc::not_found) co_return no_resource(request, *uri);
    if (!outcome) co_return host_error(outcome.error());
    if (const auto* required = std::get_if<InputRequired>(&*outcome)) {
      auto reply = co_await rounds.ask(*required);
      if (reply) co_return std::move(*reply);
      continue;
    }
    std::string out;
    Writer writer(out);
    begin_result(request, writer);
    writer.member_raw("contents", std::get<ResourceContents>(*outcome).contents);
    add_caching(request, writer, 0);
    writer.end_object();
    co_return out;
  }
}

namespace {

RpcReply write_completion(const RpcRequest& request, const Completion& completion) {
  constexpr std::size_t kValuesMax = 100;  // as the specification has it
  std::string out;
  Writer writer(out);
  begin_result(request, writer);
  writer.object("completion");
  writer.array("values");
  const std::size_t values = std::min(completion.values.size(), kValuesMax);
  for (std::size_t i = 0; i < values; ++i) writer.string(completion.values[i]);
  writer.end_array();
  if (completion.total) writer.member("total", *completion.total);
  writer.member("hasMore", completion.has_more || completion.values.size() > kValuesMax);
  writer.end_object();
  writer.end_object();
  return out;
}

}  // namespace

Async<RpcReply> complete(RpcRequest& request) {
  ObjectView params(request.message.params);
  ObjectView ref(params.object("ref"));
  ObjectView argument(params.object("argument"));
  ObjectView context(params.object("context"));
  const std::string type = ref.string("type").value_or("");
  const bool of_prompt = type == "ref/prompt";
  const auto name = ref.string(of_prompt ? "name" : "uri");
  const auto of = argument.string("name");
  const auto typed = argument.string("value");
  if ((!of_prompt && type != "ref/resource") || !name || !of || !typed) {
    co_return invalid_params(
        "\"ref\" must name a prompt or resource, \"argument\" a name and value");
  }
  CompletionAsk ask{of_prompt, *name, *of, *typed, context.object("arguments")};
  auto completion = co_await request.server.hosts.completions->complete(request.ctx, ask);
  if (!completion) co_return host_error(completion.error());
  co_return write_completion(request, *completion);
}

}  // namespace headgate::agents::mcp
