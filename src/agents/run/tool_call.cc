#include "agents/run/tool_call.h"

#include <algorithm>

#include "agents/mcp_remote/union_host.h"
#include "agents/run/trace.h"
#include "agents/tools/content.h"
#include "base/async/loop.h"
#include "base/text/utc.h"

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

Async<CallOutcome> call_mcp(Run& run, const PinnedTool& tool, const CallState& call,
                            base::Context& ctx) {
  const std::string key = idempotency_key(run.state(), call);
  const McpToolConfig& config = *tool.config.mcp;
  const std::string name = config.server + std::string(mcp::kNameJoint) +
                           (config.tool.empty() ? tool.name : config.tool);
  ToolCall request;
  request.name = name;
  request.arguments = call.arguments;
  request.idempotency_key = key;
  ctx.deadline =
      std::min(ctx.deadline, ctx.loop.now() + base::milliseconds(tool.config.timeout_ms));
  if (run.tools().mcp == nullptr) {
    const auto gone = base::fail(Errc::not_found, "there is no MCP server " + config.server);
    co_return outcome_of(gone);
  }
  NoEvents events;
  auto outcome = co_await run.tools().mcp->call_tool(ctx, request, events);
  if (!outcome) co_return outcome_of(outcome.error());
  if (auto* result = std::get_if<ToolResult>(&*outcome)) {
    co_return outcome_of(tool, std::move(*result));
  }
  const auto asks = text_result("The tool asks for something that an agent cannot give.", true);
  co_return outcome_of(tool, asks);
}

Async<CallOutcome> call_anywhere(Run& run, const PinnedTool& tool, const CallState& call,
                                 base::Context& ctx) {
  if (tool.config.http) {
    const std::string key = idempotency_key(run.state(), call);
    const RunCall request{tool, call.arguments, key, run.state().id};
    auto outcome = co_await run.tools().http.call(ctx, request);
    co_return outcome;
  }
  if (tool.config.mcp) {
    auto outcome = co_await call_mcp(run, tool, call, ctx);
    co_return outcome;
  }
  const ToolResult now = text_result(base::utc_text(ctx.loop.clock().unix_us()));
  co_return outcome_of(tool, now);
}

// What the model is told. A structured result says more than its text.
std::string words_of(const CallOutcome& outcome) {
  const ToolResult& result = outcome.result;
  if (outcome.kind == CallOutcome::Kind::not_happened) {
    return "The tool could not be called: " + outcome.why;
  }
  if (outcome.kind == CallOutcome::Kind::unknown) return "The tool did not answer: " + outcome.why;
  if (result.structured && !result.is_error) return *result.structured;
  return plain_text(result.content, result.content.size());
}

Entries entries_of(const Run& run, const CallState& call, const PinnedTool& tool,
                   const CallOutcome& outcome, std::int64_t duration_us) {
  Entries out;
  const bool is_unknown = outcome.kind == CallOutcome::Kind::unknown;
  if (is_unknown && tool.config.effect != Effect::pure) {
    out.push_back(run_needs_attention(
        call, "it is not known whether this call has happened: " + outcome.why));
    return out;
  }
  const bool failed =
      is_unknown || outcome.kind == CallOutcome::Kind::not_happened || outcome.result.is_error;
  const std::string words = words_of(outcome);
  out.push_back(tool_finished(call, failed ? "error" : "ok", words, failed, duration_us));
  if (failed && tool.config.on_error == OnToolError::fail_run) {
    record_end(run, "failed");
    out.push_back(run_failed("tool_failed", tool.name + ": " + words));
  }
  return out;
}

}  // namespace

std::string idempotency_key(const RunState& state, const CallState& call) {
  return state.id + "-" + call.id;
}

Async<Entries> make_call(Run& run, const CallState& call) {
  const PinnedTool& tool = *run.pinned().tool(call.tool);
  const bool may_be_interrupted = tool.config.effect == Effect::pure;
  const base::SpanId span = base::SpanId::from_hex(call.span).value_or(base::SpanId{});
  base::Context ctx = run.context(span, may_be_interrupted);
  const base::MonoTime begun = ctx.loop.now();
  const CallOutcome outcome = co_await call_anywhere(run, tool, call, ctx);
  const auto took = ctx.loop.now() - begun;
  const std::int64_t us = std::chrono::duration_cast<base::microseconds>(took).count();
  record_call(run, call, tool, outcome, us);
  const bool answered = outcome.kind == CallOutcome::Kind::answered;
  if (!answered && may_be_interrupted && run.is_interrupted()) co_return Entries{};
  co_return entries_of(run, call, tool, outcome, us);
}

}  // namespace headgate::agents
