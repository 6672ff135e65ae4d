#include "agents/reach/reach.h"

#include <algorithm>
#include <utility>

#include "agents/mcp_remote/union_host.h"
#include "agents/reach/builtin_call.h"
#include "agents/tools/content.h"
#include "base/async/loop.h"

namespace headgate::agents {

using base::Async;
using base::Errc;

namespace {

/// Progress and logs of a remote tool: nobody listens.
class NoEvents final : public CallEvents {
 public:
  void progress(double, std::optional<double>, std::string_view) override {}
  void log(std::string_view, std::string_view, std::string_view) override {}
};

// Errors that come before anything was asked of the tool.
bool is_before_the_call(Errc code) {
  switch (code) {
    case Errc::not_found:
    case Errc::invalid_request:
    case Errc::permission_denied:
    case Errc::unauthenticated:
    case Errc::upstream_connect:
    case Errc::upstream_tls:
    case Errc::upstream_auth:
    case Errc::timeout_connect:
    case Errc::overloaded: return true;
    default: return false;
  }
}

CallOutcome outcome_of(const PinnedTool& tool, ToolResult result) {
  CallOutcome out;
  out.attempts = 1;
  const auto bytes_max = static_cast<std::size_t>(tool.config.result_bytes_max);
  std::string wrong;
  if (result.content.size() + result.structured.value_or("").size() > bytes_max) {
    wrong = "it is larger than " + std::to_string(bytes_max) + " bytes";
  } else if (!result.is_error && !tool.config.output.empty()) {
    wrong =
        result.structured ? tool.tool->check_result(*result.structured) : "it is not structured";
  }
  if (!wrong.empty()) {
    result = text_result("The tool answered, but not as it should: " + wrong, true);
  }
  out.result = std::move(result);
  return out;
}

CallOutcome outcome_of(const base::Error& error) {
  CallOutcome out;
  out.attempts = 1;
  out.kind =
      is_before_the_call(error.code) ? CallOutcome::Kind::not_happened : CallOutcome::Kind::unknown;
  out.why = error.detail;
  return out;
}

Async<CallOutcome> call_mcp(ToolHost* mcp, base::Context& ctx, const RunCall& call) {
  const PinnedTool& tool = call.tool;
  const McpToolConfig& config = *tool.config.mcp;
  const std::string name = remote_name(tool.name, config);
  ToolCall request;
  request.name = name;
  request.arguments = call.arguments;
  request.nesting = call.nesting;
  if (tool.config.effect == Effect::idempotent) request.idempotency_key = call.key;
  ctx.deadline =
      std::min(ctx.deadline, ctx.loop.now() + base::milliseconds(tool.config.timeout_ms));
  if (mcp == nullptr) {
    const auto gone = base::fail(Errc::not_found, "there is no MCP server " + config.server);
    co_return outcome_of(gone);
  }
  NoEvents events;
  auto outcome = co_await mcp->call_tool(ctx, request, events);
  if (!outcome) co_return outcome_of(outcome.error());
  if (auto* result = std::get_if<ToolResult>(&*outcome)) {
    co_return outcome_of(tool, std::move(*result));
  }
  const auto asks = text_result("The tool asks for something that an agent cannot give.", true);
  co_return outcome_of(tool, asks);
}

}  // namespace

Async<CallOutcome> Reach::call(base::Context& ctx, const RunCall& call) const {
  if (call.tool.config.http) {
    auto outcome = co_await http.call(ctx, call);
    co_return outcome;
  }
  if (call.tool.config.mcp) {
    auto outcome = co_await call_mcp(mcp, ctx, call);
    co_return outcome;
  }
  if (call.tool.config.native) {
    auto outcome = co_await native.call(ctx, call);
    if (outcome.kind != CallOutcome::Kind::answered) co_return outcome;
    co_return outcome_of(call.tool, std::move(outcome.result));
  }
  ToolResult result = co_await call_builtin(ctx, call, retriever);
  co_return outcome_of(call.tool, std::move(result));
}

std::string remote_name(const std::string& name, const McpToolConfig& config) {
  return config.server + std::string(mcp::kNameJoint) + (config.tool.empty() ? name : config.tool);
}

std::string words_of(const CallOutcome& outcome) {
  const ToolResult& result = outcome.result;
  if (outcome.kind == CallOutcome::Kind::not_happened) {
    return "The tool could not be called: " + outcome.why;
  }
  if (outcome.kind == CallOutcome::Kind::unknown) return "The tool did not answer: " + outcome.why;
  if (result.structured && !result.is_error) return *result.structured;
  return plain_text(result.content, result.content.size());
}

}  // namespace headgate::agents
