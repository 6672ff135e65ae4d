#include "agents/run/trace.h"

#include <array>

#include "agents/labels/taint.h"
#include "agents/mcp/object_view.h"
#include "agents/reach/facts.h"
#include "agents/run/run.h"
#include "agents/tools/content.h"
#include "base/json/writer.h"
#include "base/text/strings.h"
#include "telemetry/content/keep.h"

namespace headgate::agents {

using telemetry::ContentCapture;
using telemetry::Span;
using telemetry::SpanKind;

namespace {

constexpr std::size_t kContentBytesMax = 64 * 1024;

/// A span with the storage of its content, until it is recorded.
class SpanDraft {
 public:
  SpanDraft(const Run& run, SpanKind kind, std::string_view name,
            ContentCapture capture = ContentCapture::redacted)
      : run_(run), capture_(capture) {
    span.kind = kind;
    span.name = name;
    span.parent = run.state().acting_span;
  }
  SpanDraft(const SpanDraft&) = delete;
  SpanDraft& operator=(const SpanDraft&) = delete;

  // Texts outlive the draft.
  void input(std::string_view text) {
    span.input = telemetry::keep_content(text, capture_, kContentBytesMax, run_.tools().redactor,
                                         input_, span.input_cut_bytes);
  }
  void output(std::string_view text) {
    span.output = telemetry::keep_content(text, capture_, kContentBytesMax, run_.tools().redactor,
                                          output_, span.output_cut_bytes);
  }
  void error(base::Errc code, std::string_view message) {
    span.error = code;
    words_ = run_.tools().redactor.redacted(message);
    span.error_message = words_;
  }
  void lasted(std::int64_t us) {
    span.duration_us = us;
    span.start_unix_us = run_.tools().loop.clock().unix_us() - us;
  }
  void since(std::int64_t unix_us) {
    span.start_unix_us = unix_us;
    span.duration_us = run_.tools().loop.clock().unix_us() - unix_us;
  }
  void record() {
    const RunOrigin& origin = run_.state().origin;
    telemetry::ExchangeRecord out;
    out.trace = origin.trace;
    out.request_id = origin.request_id;
    out.user = origin.user;
    out.session = origin.session;
    out.workflow = run_.state().agent;
    out.tenant = origin.principal.tenant;
    out.tier = origin.principal.tier;
    out.key_id = origin.principal.key_id;
    out.spans = {&span, 1};
    run_.tools().sink.record(out);
  }

  Span span;

 private:
  const Run& run_;
  const ContentCapture capture_;
  std::string input_;
  std::string output_;
  std::string words_;
};

// Of the text that the model had read when it made the call.
std::string labels_of(const Run& run) {
  std::string out;
  base::json::Writer writer(out);
  writer.begin_array();
  for (const std::string& one : context_labels(run.state().provenance)) writer.string(one);
  writer.end_array();
  return out;
}

std::string_view taint_of(const CallState& call) {
  return call.taint.empty() ? std::string_view("[]") : std::string_view(call.taint);
}

std::string_view outcome_of(const CallOutcome& outcome) {
  switch (outcome.kind) {
    case CallOutcome::Kind::not_happened: return "not_happened";
    case CallOutcome::Kind::unknown: return "unknown";
    case CallOutcome::Kind::answered: break;
  }
  return outcome.result.is_error ? "error" : "ok";
}

base::SpanId span_of(const CallState& call) {
  return base::SpanId::from_hex(call.span).value_or(base::SpanId{});
}

// The text of the first message, which the run was begun with.
std::string_view first_message(const RunState& state) {
  return state.messages.empty() ? std::string_view() : std::string_view(state.messages.front());
}

}  // namespace

void record_call(const Run& run, const CallState& call, const PinnedTool& tool,
                 const CallOutcome& outcome, std::int64_t duration_us) {
  SpanDraft draft(run, SpanKind::tool, call.tool, tool.config.capture);
  draft.span.id = span_of(call);
  draft.lasted(duration_us);
  draft.input(call.arguments);
  const std::string said = plain_text(outcome.result.content, 2 * kContentBytesMax);
  draft.output(said);
  const std::string attempts = std::to_string(outcome.attempts);
  const std::string labels = labels_of(run);
  const std::array<telemetry::Attribute, 8> attributes{{{"effect", name(tool.config.effect)},
                                                        {"authorised_by", call.authorised_by},
                                                        {"outcome", outcome_of(outcome)},
                                                        {"tool.version", tool.config.version},
                                                        {"tool.call.id", call.id},
                                                        {"attempts", attempts, true},
                                                        {"labels", labels, true},
                                                        {"tainted", taint_of(call), true}}};
  draft.span.attributes = attributes;
  if (outcome.kind != CallOutcome::Kind::answered) {
    draft.error(base::Errc::upstream_reset, outcome.why);
  }
  draft.record();
  telemetry::ToolSample sample;
  sample.tool = call.tool;
  sample.agent = run.state().acting;
  sample.failed = outcome.kind != CallOutcome::Kind::answered || outcome.result.is_error;
  sample.duration_us = duration_us;
  sample.at = run.tools().loop.now();
  run.tools().metrics.observe(sample);
}

void record_fact(const Run& run, const FactFetched& fact) {
  CallState call;
  call.id = "fact";
  call.tool = fact.tool.name;
  call.arguments = fact.arguments;
  call.authorised_by = "caller, for a rule";
  call.span = fact.span.hex();
  record_call(run, call, fact.tool, fact.outcome, fact.duration_us);
}

void record_refusal(const Run& run, const CallState& call, std::string_view policy,
                    std::string_view reason, std::string_view detail) {
  SpanDraft draft(run, SpanKind::tool, call.tool);
  draft.span.id = base::SpanId::random(run.tools().loop.random());
  draft.lasted(0);
  draft.input(call.arguments);
  const std::string labels = labels_of(run);
  const std::array<telemetry::Attribute, 6> attributes{{{"outcome", "refused"},
                                                        {"denied_by", policy},
                                                        {"denied_detail", detail},
                                                        {"tool.call.id", call.id},
                                                        {"labels", labels, true},
                                                        {"tainted", taint_of(call), true}}};
  draft.span.attributes = attributes;
  draft.error(base::Errc::permission_denied, reason);
  draft.record();
}

void record_handoff(const Run& run, const CallState& call) {
  SpanDraft draft(run, SpanKind::handoff, call.tool);
  draft.span.id = base::SpanId::random(run.tools().loop.random());
  draft.lasted(0);
  draft.input(call.arguments);
  const std::array<telemetry::Attribute, 2> attributes{
      {{"from", run.state().acting}, {"to", call.transfer_to}}};
  draft.span.attributes = attributes;
  draft.record();
}

void record_agent(const Run& run, std::string_view output) {
  const RunState& state = run.state();
  SpanDraft draft(run, SpanKind::agent, state.acting);
  draft.span.id = state.acting_span;
  draft.span.parent = state.origin.span;
  draft.since(state.acting_since_us);
  draft.output(output);
  const PinnedAgent& agent = run.agent();
  const std::array<telemetry::Attribute, 2> attributes{
      {{"agent.version", agent.config.version}, {"model", agent.config.model}}};
  draft.span.attributes = attributes;
  draft.record();
}

void record_approval(const Run& run, const Command& command) {
  const CallState* call = run.state().call(command.call);
  if (call == nullptr) return;
  SpanDraft draft(run, SpanKind::approval, call->tool);
  draft.span.id = base::SpanId::random(run.tools().loop.random());
  draft.since(run.state().updated_us);
  const bool edits = command.decision.decision == Decision::edit;
  draft.input(edits ? command.decision.arguments : call->arguments);
  draft.output(command.decision.reason);
  const std::array<telemetry::Attribute, 3> attributes{
      {{"decision", name(command.decision.decision)},
       {"by", command.by},
       {"tool.call.id", call->id}}};
  draft.span.attributes = attributes;
  draft.record();
}

void note_expired(const Run& run, const Entries& entries) {
  for (const Entry& entry : entries) {
    mcp::ObjectView body(entry.body);
    const CallState* call = run.state().call(body.string("call_id").value_or(""));
    if (call == nullptr) continue;
    storage::AuditAction what;  // of nobody: of the gateway itself
    what.action = entry.kind;
    what.subject = run.state().id + "/" + call->id;
    what.detail = "{\"tool\":" + base::json_string(call->tool) +
                  ",\"policy\":" + base::json_string(call->policy) +
                  ",\"digest\":" + base::json_string(call->digest) + "}";
    run.tools().audit.record(std::move(what), [](const base::Result<storage::AuditEntry>&) {});
  }
}

void record_end(const Run& run, std::string_view output) {
  record_agent(run, output);
  const RunState& state = run.state();
  SpanDraft draft(run, SpanKind::workflow, state.agent);
  draft.span.id = state.origin.span;
  draft.span.parent = state.origin.parent;
  draft.since(state.created_us);
  draft.input(first_message(state));
  draft.output(output);
  // As attributes: the calls of models have told their tokens and money, and sums are made of
  // those.
  const std::string tokens = std::to_string(state.usage.input + state.usage.output);
  const std::string cost = base::format_dollars(state.cost).substr(1);
  const std::string steps = std::to_string(state.steps);
  const std::string calls = std::to_string(state.tool_calls);
  const std::array<telemetry::Attribute, 6> attributes{{{"run.id", state.id},
                                                        {"definition", run.pinned().digest()},
                                                        {"steps", steps, true},
                                                        {"tool_calls", calls, true},
                                                        {"tokens", tokens, true},
                                                        {"cost_usd", cost}}};
  draft.span.attributes = attributes;
  draft.record();
}

}  // namespace headgate::agents
