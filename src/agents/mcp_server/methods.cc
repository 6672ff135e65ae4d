#include "agents/mcp_server/methods.h"

#include <utility>

#include "agents/mcp/object_view.h"
#include "agents/mcp_server/calls.h"
#include "agents/mcp_server/lists.h"
#include "base/async/loop.h"
#include "base/json/writer.h"

namespace headgate::agents::mcp {

using base::Async;

namespace {

constexpr std::string_view kEmpty = "{}";

RpcReply discover(const RpcRequest& request) {
  std::string out;
  base::json::Writer writer(out);
  begin_result(request, writer);
  writer.member_raw("supportedVersions", supported_modern());
  writer.member_raw("capabilities", capabilities(request.server.hosts, Era::modern));
  const std::string& instructions = request.server.config.instructions;
  if (!instructions.empty()) writer.member("instructions", instructions);
  add_caching(request, writer, request.server.config.list_ttl_ms);
  writer.end_object();
  return out;
}

RpcReply set_level(const RpcRequest& request) {
  ObjectView params(request.message.params);
  const auto level = severity(params.string("level").value_or(""));
  if (!level) return invalid_params("\"level\" must be one of syslog's, such as \"info\"");
  request.session->set_log_severity(*level);
  return std::string(kEmpty);
}

RpcReply subscribe(const RpcRequest& request, bool on) {
  ObjectView params(request.message.params);
  auto uri = params.string("uri");
  if (!uri) return invalid_params("\"uri\" must be a string");
  if (!on) {
    request.session->unsubscribe(*uri);
  } else if (const auto done = request.session->subscribe(std::move(*uri)); !done) {
    return host_error(done.error());
  }
  return std::string(kEmpty);
}

// Nothing: the method is not one of the era's own.
std::optional<RpcReply> of_era(const RpcRequest& request) {
  const std::string_view method = request.message.method;
  if (request.era == Era::modern) {
    if (method == method::kDiscover) return discover(request);
    return std::nullopt;
  }
  if (method == method::kPing) return std::string(kEmpty);
  if (method == method::kSetLevel) return set_level(request);
  if (request.server.hosts.resources == nullptr) return std::nullopt;
  if (method == method::kResourcesSubscribe) return subscribe(request, true);
  if (method == method::kResourcesUnsubscribe) return subscribe(request, false);
  return std::nullopt;
}

// What hosts serve, if there is one.
using Answer = Async<RpcReply> (*)(RpcRequest&);
Answer of_hosts(const Hosts& hosts, std::string_view method) {
  if (hosts.tools != nullptr) {
    if (method == method::kToolsList) return list_tools;
    if (method == method::kToolsCall) return call_tool;
  }
  if (hosts.prompts != nullptr) {
    if (method == method::kPromptsList) return list_prompts;
    if (method == method::kPromptsGet) return get_prompt;
  }
  if (hosts.resources != nullptr) {
    if (method == method::kResourcesList) return list_resources;
    if (method == method::kTemplatesList) return list_templates;
    if (method == method::kResourcesRead) return read_resource;
  }
  if (hosts.completions != nullptr && method == method::kComplete) return complete;
  return nullptr;
}

}  // namespace

std::string capabilities(const Hosts& hosts, Era era) {
  std::string out;
  base::json::Writer writer(out);
  writer.begin_object();
  if (hosts.tools != nullptr) writer.member_raw("tools", R"({"listChanged":true})");
  if (hosts.prompts != nullptr) writer.member_raw("prompts", R"({"listChanged":true})");
  if (hosts.resources != nullptr) {
    writer.member_raw("resources", R"({"subscribe":true,"listChanged":true})");
  }
  if (hosts.completions != nullptr) writer.member_raw("completions", kEmpty);
  if (era == Era::legacy || hosts.tools != nullptr) writer.member_raw("logging", kEmpty);
  writer.end_object();
  return out;
}

Async<RpcReply> answer(RpcRequest& request) {
  if (auto own = of_era(request)) co_return std::move(*own);
  const Answer answer = of_hosts(request.server.hosts, request.message.method);
  if (answer == nullptr) co_return method_not_found(request.message.method);
  auto reply = co_await answer(request);
  co_return reply;
}

Initialized initialize(ServerState& server, const base::Context& ctx, const Message& message) {
  ObjectView params(message.params);
  const auto asked = params.string("protocolVersion");
  if (!asked) return {invalid_params("\"protocolVersion\" must be a string"), nullptr};
  SessionFacts facts;
  facts.key_id = ctx.principal->key_id;
  facts.version = is_legacy(*asked) ? *asked : std::string(kLegacy.front());
  facts.features = read_features(params.object("capabilities"));
  std::string out;
  base::json::Writer writer(out);
  writer.begin_object();
  writer.member("protocolVersion", facts.version);
  writer.member_raw("capabilities", capabilities(server.hosts, Era::legacy));
  writer.member_raw("serverInfo", server_info());
  if (!server.config.instructions.empty()) {
    writer.member("instructions", server.config.instructions);
  }
  writer.end_object();
  auto session = server.sessions.create(std::move(facts), ctx.loop.now());
  if (!session) {
    ++server.stats.refused_busy;
    return {RpcError{RpcCode::internal_error, session.error().detail, {}, 503}, nullptr};
  }
  return {RpcReply(std::move(out)), std::move(*session)};
}

void take_notification(Session& session, const Message& message) {
  if (message.method != method::kCancelled) return;
  ObjectView params(message.params);
  session.cancel(std::string(params.raw("requestId")));
}

}  // namespace headgate::agents::mcp
