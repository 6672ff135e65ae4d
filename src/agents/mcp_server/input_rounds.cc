#include "agents/mcp_server/input_rounds.h"

#include <utility>

#include "agents/mcp/object_view.h"
#include "agents/tools/digest.h"
#include "base/async/loop.h"
#include "base/json/writer.h"
#include "base/text/strings.h"

namespace headgate::agents::mcp {

using base::Async;
using base::Result;
using base::Task;

namespace {

constexpr std::int64_t kUsPerMs = 1000;

std::string with_round(std::int64_t round, std::string_view state) {
  return std::to_string(round) + ":" + std::string(state);
}

}  // namespace

InputRounds::InputRounds(RpcRequest& request, std::string_view name, std::string_view arguments)
    : request_(request),
      digest_(digest({request.message.method, name, canonical_json(arguments)})) {}

StateBinding InputRounds::binding() const { return {request_.ctx.principal->key_id, digest_}; }

std::optional<RpcError> InputRounds::begin() {
  if (request_.era == Era::legacy) return std::nullopt;
  ObjectView params(request_.message.params);
  responses_ = params.object("inputResponses");
  if (responses_.empty() && params.has("inputResponses")) {
    return invalid_params("\"inputResponses\" must be an object");
  }
  if (!params.has("requestState")) return std::nullopt;
  const ServerState& server = request_.server;
  auto opened = server.sealer.open(params.string("requestState").value_or(""), binding(),
                                   request_.ctx.loop.clock().unix_us(),
                                   server.config.limits.state_age_max_ms * kUsPerMs);
  if (!opened) return invalid_params(opened.error().detail);
  const std::size_t colon = opened->find(':');
  round_ = static_cast<std::int64_t>(base::parse_u64(opened->substr(0, colon)).value_or(0));
  state_ = opened->substr(colon + 1);
  return std::nullopt;
}

std::optional<RpcError> InputRounds::check(const InputRequired& required) const {
  if (round_ >= request_.server.config.limits.input_rounds_max) {
    return RpcError{RpcCode::internal_error, "the call asks its client too often", {}};
  }
  for (const InputRequest& one : required.requests) {
    std::string missing = missing_capability(request_.features, one.method, one.params);
    if (missing.empty()) continue;
    std::string what = "the client lacks a capability that this needs: " + missing;
    if (request_.era == Era::legacy) return invalid_params(std::move(what));
    return RpcError{RpcCode::missing_capability, std::move(what),
                    R"({"requiredCapabilities":)" + missing + "}", 400};
  }
  return std::nullopt;
}

RpcReply InputRounds::give_back(const InputRequired& required) const {
  const auto sealed = request_.server.sealer.seal(with_round(round_ + 1, required.state), binding(),
                                                  request_.ctx.loop.clock().unix_us());
  if (!sealed) return host_error(sealed.error());
  std::string out;
  base::json::Writer writer(out);
  begin_result(request_, writer, "input_required");
  if (!required.requests.empty()) {
    writer.object("inputRequests");
    for (const InputRequest& one : required.requests) {
      writer.object(one.key);
      writer.member("method", one.method);
      writer.member_raw("params", one.params);
      writer.end_object();
    }
    writer.end_object();
  }
  writer.member("requestState", *sealed);
  writer.end_object();
  return out;
}

Task<void> InputRounds::ask_client(const InputRequired& required) {
  std::string responses;
  base::json::Writer writer(responses);
  writer.begin_object();
  for (const InputRequest& one : required.requests) {
    auto result = co_await request_.outlet.ask(one.method, one.params);
    if (!result) co_return result.error();
    writer.member_raw(one.key, *result);
  }
  writer.end_object();
  responses_ = std::move(responses);
  state_ = required.state;
  ++round_;
  co_return Result<void>{};
}

Async<std::optional<RpcReply>> InputRounds::ask(const InputRequired& required) {
  if (auto wrong = check(required)) co_return RpcReply(std::move(*wrong));
  if (request_.era == Era::modern) co_return give_back(required);
  auto asked = co_await ask_client(required);
  if (!asked) co_return RpcReply(host_error(asked.error()));
  co_return std::nullopt;
}

}  // namespace headgate::agents::mcp
