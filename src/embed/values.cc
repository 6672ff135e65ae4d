#include "embed/values.h"

#include <utility>

#include "agents/definitions/template.h"
#include "agents/mcp/object_view.h"
#include "base/json/cursor.h"
#include "base/money.h"
#include "base/text/strings.h"
#include "server/agents/new_run.h"

namespace headgate {

std::optional<std::string> ToolCall::argument(std::string_view name) const {
  if (!base::json::valid(arguments)) return std::nullopt;
  agents::mcp::ObjectView object(arguments);
  const std::string_view raw = object.raw(name);
  if (raw.empty()) return std::nullopt;
  return agents::plain_value(raw);
}

}  // namespace headgate

namespace headgate::embed {

using base::Errc;
using base::fail;

namespace {

static_assert(static_cast<int>(agents::RunStatus::stopped) == static_cast<int>(RunStatus::stopped));
static_assert(static_cast<int>(agents::NativeResult::Kind::unknown) ==
              static_cast<int>(ToolResult::Kind::unknown));

ToolCall outside(const agents::NativeCall& call) {
  return {call.tool,   call.arguments,       call.user,    call.tenant, call.key_id,
          call.run_id, call.idempotency_key, call.deadline};
}

PendingCall outside(const agents::CallState& call) {
  const bool waits = call.stage == agents::CallStage::waiting;
  return {call.id,     call.tool,  call.arguments, waits ? call.digest : std::string(),
          call.policy, call.reason};
}

}  // namespace

Error outside(const base::Error& error) {
  return {std::string(base::row(error.code).name), error.detail};
}

Run outside(const server::LocalRun& run) {
  const agents::RunState& state = run.state;
  Run out;
  out.id = state.id;
  out.agent = state.agent;
  out.status = static_cast<RunStatus>(state.status);
  out.status_detail = state.status_detail;
  out.output = state.output;
  for (const agents::CallState& call : state.calls) {
    const bool is_open =
        call.stage == agents::CallStage::waiting || call.stage == agents::CallStage::unknown;
    if (is_open) out.pending.push_back(outside(call));
  }
  out.trace_id = state.origin.trace.hex();
  out.cost_usd = base::format_dollars(state.cost).substr(1);
  out.unpriced = state.unpriced;
  out.steps = state.steps;
  out.tool_calls = state.tool_calls;
  out.input_tokens = state.usage.input;
  out.output_tokens = state.usage.output;
  return out;
}

agents::NativeFunction inside(ToolFunction function) {
  return [function = std::move(function)](const agents::NativeCall& call) {
    ToolResult result = function(outside(call));
    return agents::NativeResult{static_cast<agents::NativeResult::Kind>(result.kind),
                                std::move(result.content)};
  };
}

base::Principal inside(const Caller& caller) {
  base::Principal out;
  out.user = caller.user;
  out.tenant = caller.tenant;
  out.scopes = caller.scopes;
  return out;
}

base::Result<server::LocalAsk> inside(const RunRequest& request) {
  const bool has_messages = !request.messages_json.empty();
  if (has_messages && !base::json::valid(request.messages_json)) {
    return fail(Errc::invalid_request, "`messages_json`: not JSON", "messages_json");
  }
  auto messages =
      server::run_messages(has_messages ? request.messages_json : base::json_string(request.input));
  if (!messages) return messages.error();
  server::LocalAsk out;
  out.run.agent = request.agent;
  out.run.messages = std::move(*messages);
  out.run.session = request.session_id;
  out.run.remembers = !has_messages;
  if (!request.idempotency_key.empty()) server::bind_key(out.run, request.idempotency_key);
  out.who = inside(request.caller);
  out.traceparent = request.traceparent;
  return out;
}

server::LocalDecision inside(const Decision& decision, bool approves) {
  server::LocalDecision out;
  out.run_id = decision.run_id;
  out.call_id = decision.call_id;
  out.decision.decision = approves ? agents::Decision::approve : agents::Decision::deny;
  out.decision.digest = decision.digest;
  out.decision.reason = decision.reason;
  out.who = inside(decision.by);
  return out;
}

}  // namespace headgate::embed
