#include "agents/journal/entry.h"

#include <utility>

#include "agents/mcp/object_view.h"
#include "base/json/writer.h"

namespace headgate::agents {

namespace json = base::json;

namespace {

/// An entry whose object is open while it is written.
class Draft {
 public:
  explicit Draft(std::string_view entry_kind) : kind_(entry_kind), writer_(body_) {
    writer_.begin_object();
  }
  json::Writer& operator*() { return writer_; }
  json::Writer* operator->() { return &writer_; }
  Draft& text(std::string_view name, std::string_view value) {
    if (!value.empty()) writer_.member(name, value);
    return *this;
  }
  Entry done() {
    writer_.end_object();
    return {std::string(kind_), std::move(body_)};
  }

 private:
  std::string_view kind_;
  std::string body_;
  json::Writer writer_;
};

void write_list(json::Writer& writer, std::string_view name, const std::vector<std::string>& list) {
  writer.array(name);
  for (const std::string& one : list) writer.string(one);
  writer.end_array();
}

void write_call(Draft& draft, const CallState& call) {
  draft->member("call_id", call.id);
  draft->member("tool", call.tool);
}

void write_usage(json::Writer& writer, const base::Usage& usage) {
  writer.object("usage");
  writer.member("input", usage.input);
  writer.member("cached", usage.cached);
  writer.member("cache_write", usage.cache_write);
  writer.member("output", usage.output);
  writer.member("reasoning", usage.reasoning);
  writer.end_object();
}

void write_cost(Draft& draft, const ModelOutcome& outcome) {
  if (outcome.cost) {
    draft->member("cost_usd", base::format_dollars(*outcome.cost).substr(1));
  } else {
    draft->member("unpriced", true);
  }
}

void write_words(Draft& draft, const ToolWords& words) {
  draft->member("result", words.told);
  write_list(*draft, "labels", words.labels);
  if (!words.endorsed.empty()) write_list(*draft, "endorsed", words.endorsed);
  if (!words.dropped.empty()) write_list(*draft, "dropped", words.dropped);
  if (words.trusted) draft->member("trusted", true);
}

void write_taint(Draft& draft, const CallState& call) {
  if (!call.taint.empty()) draft->member_raw("tainted", call.taint);
}

}  // namespace

Entry run_created(const std::string& agent, const RunOrigin& origin, std::string_view messages,
                  std::string_view forked_from) {
  Draft out(kind::kCreated);
  out->member("agent", agent);
  out->member_raw("messages", messages);
  out->object("caller");
  out->member("key_id", origin.principal.key_id);
  out->member("key_user", origin.principal.user);
  out->member("tenant", origin.principal.tenant);
  out->member("tier", origin.principal.tier);
  write_list(*out, "scopes", origin.principal.scopes);
  write_list(*out, "models", origin.principal.models);
  out->end_object();
  out.text("user", origin.user).text("session_id", origin.session);
  if (!origin.metadata.empty()) out->member_raw("metadata", origin.metadata);
  out.text("request_id", origin.request_id);
  out->member("trace_id", origin.trace.hex());
  out->member("span_id", origin.span.hex());
  if (!origin.parent.empty()) out->member("parent_span_id", origin.parent.hex());
  return out.text("forked_from", forked_from).done();
}

std::string forked_body(std::string_view body, const std::string& agent, const RunOrigin& origin,
                        const std::string& forked_from) {
  mcp::ObjectView first(body);
  return run_created(agent, origin, first.array("messages"), forked_from).body;
}

Entry run_recovered() { return Draft(kind::kRecovered).done(); }

Entry run_paused(RunStatus status) {
  Draft out(kind::kPaused);
  out->member("status", name(status));
  return out.done();
}

Entry run_resumed(const std::string& by, const std::string& call, std::string_view outcome) {
  return Draft(kind::kResumed).text("by", by).text("call_id", call).text("outcome", outcome).done();
}

Entry run_finished(std::string_view output) {
  Draft out(kind::kFinished);
  out->member("output", output);
  return out.done();
}

Entry run_failed(std::string_view code, std::string_view message) {
  Draft out(kind::kFailed);
  out->object("error");
  out->member("code", code);
  out->member("message", message);
  out->end_object();
  return out.done();
}

Entry run_cancelled(const std::string& by, const std::vector<std::string>& open) {
  Draft out(kind::kCancelled);
  out.text("by", by);
  if (!open.empty()) write_list(*out, "unknown_calls", open);
  return out.done();
}

Entry run_stopped(std::string_view limit, std::string_view message) {
  Draft out(kind::kStopped);
  out->member("limit", limit);
  out->member("message", message);
  return out.done();
}

Entry run_needs_attention(const CallState& call, std::string_view why) {
  Draft out(kind::kNeedsAttention);
  write_call(out, call);
  out->member("arguments", call.arguments);
  out->member("message", why);
  return out.done();
}

Entry agent_started(const std::string& agent, const base::SpanId& span) {
  Draft out(kind::kAgentStarted);
  out->member("agent", agent);
  out->member("span_id", span.hex());
  return out.done();
}

Entry model_begun(std::int64_t step, const std::string& agent, const std::string& model,
                  const base::SpanId& span) {
  Draft out(kind::kModelBegun);
  out->member("step", step);
  out->member("agent", agent);
  out->member("model", model);
  out->member("span_id", span.hex());
  return out.done();
}

Entry model_finished(std::int64_t step, const ModelOutcome& outcome) {
  Draft out(kind::kModelFinished);
  out->member("step", step);
  out.text("model", outcome.model);
  out->member("text", outcome.text);
  out->array("calls");
  for (const CallState& call : outcome.calls) {
    out->begin_object();
    write_call(out, call);
    out->member("model_call_id", call.model_id);
    out->member("arguments", call.arguments);
    out.text("transfer_to", call.transfer_to);
    out->end_object();
  }
  out->end_array();
  out.text("finish_reason", outcome.finish_reason);
  write_usage(*out, outcome.usage);
  write_cost(out, outcome);
  return out.done();
}

Entry output_rejected(std::string_view why, std::string_view message) {
  Draft out(kind::kOutputRejected);
  out->member("why", why);
  out->member("message", message);
  return out.done();
}

Entry tool_decided(const CallState& call, std::string_view decision, std::string_view policy,
                   std::string_view reason) {
  Draft out(kind::kToolDecided);
  write_call(out, call);
  out->member("decision", decision);
  write_taint(out, call);
  return out.text("policy", policy).text("reason", reason).done();
}

Entry tool_begun(const CallState& call, std::string_view effect, std::string_view key,
                 const base::SpanId& span) {
  Draft out(kind::kToolBegun);
  write_call(out, call);
  out->member("arguments", call.arguments);
  out->member("effect", effect);
  out.text("idempotency_key", key);
  out->member("span_id", span.hex());
  return out.done();
}

Entry tool_finished(const CallState& call, std::string_view outcome, const ToolWords& words,
                    bool is_error, std::int64_t duration_us) {
  Draft out(kind::kToolFinished);
  write_call(out, call);
  out->member("outcome", outcome);
  write_words(out, words);
  out.text("withheld", words.withheld);
  if (words.wants_reader) out->member("wants_reader", true);
  out->member("is_error", is_error);
  out->member("duration_us", duration_us);
  return out.done();
}

Entry tool_refused(const CallState& call, std::string_view result) {
  Draft out(kind::kToolFinished);
  write_call(out, call);
  out->member("outcome", kRefused);
  out->member("result", result);
  out->member("is_error", true);
  out->member("duration_us", 0);
  return out.done();
}

Entry result_read(const CallState& call, const ToolWords& words, const ModelOutcome& outcome,
                  std::string_view error) {
  Draft out(kind::kResultRead);
  write_call(out, call);
  out.text("model", outcome.model);
  write_words(out, words);
  out.text("error", error);
  write_usage(*out, outcome.usage);
  write_cost(out, outcome);
  return out.done();
}

Entry handoff(const CallState& call, const std::string& from, const std::string& to) {
  Draft out(kind::kHandoff);
  out->member("call_id", call.id);
  out->member("from", from);
  out->member("to", to);
  return out.done();
}

Entry approval_requested(const CallState& call, const ApprovalAsk& ask) {
  Draft out(kind::kApprovalRequested);
  write_call(out, call);
  out->member("arguments", call.arguments);
  out->member("digest", ask.digest);
  out.text("policy", ask.policy).text("reason", ask.reason);
  out->member("needed", ask.needed);
  if (ask.due_us != 0) out->member("due_unix_us", ask.due_us);
  if (!ask.grants.empty()) write_list(*out, "grants", ask.grants);
  write_taint(out, call);
  return out.done();
}

std::string_view name(Decision decision) {
  switch (decision) {
    case Decision::approve: return "approve";
    case Decision::edit: return "edit";
    case Decision::deny: break;
  }
  return "deny";
}

Entry approval_decided(const std::string& call, const ApprovalDecision& decision) {
  Draft out(kind::kApprovalDecided);
  out->member("call_id", call);
  out->member("decision", name(decision.decision));
  out.text("by", decision.by).text("person", decision.person).text("reason", decision.reason);
  out.text("digest", decision.digest);
  if (decision.decision == Decision::edit) out->member("arguments", decision.arguments);
  return out.done();
}

Entry approval_expired(const std::string& call) {
  Draft out(kind::kApprovalExpired);
  out->member("call_id", call);
  return out.done();
}

Entry approval_escalated(const std::string& call, std::int64_t needed, std::int64_t due_us) {
  Draft out(kind::kApprovalEscalated);
  out->member("call_id", call);
  out->member("needed", needed);
  out->member("due_unix_us", due_us);
  return out.done();
}

}  // namespace headgate::agents
