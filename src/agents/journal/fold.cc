#include "agents/journal/fold.h"

#include <algorithm>
#include <array>

#include "agents/journal/entry.h"
#include "agents/journal/message.h"
#include "agents/labels/references.h"
#include "agents/mcp/object_view.h"
#include "base/json/cursor.h"
#include "base/json/writer.h"

namespace headgate::agents {

namespace json = base::json;
using mcp::ObjectView;

namespace {

std::string text(ObjectView& of, std::string_view name) { return of.string(name).value_or(""); }

std::vector<std::string> strings(std::string_view array) {
  std::vector<std::string> out;
  json::Cursor cursor(array);
  if (array.empty() || !cursor.enter_array()) return out;
  while (cursor.next_element()) {
    json::Text one;
    if (cursor.maybe_string(one)) out.push_back(one.decode());
  }
  return out;
}

std::vector<std::string> elements(std::string_view array) {
  std::vector<std::string> out;
  json::Cursor cursor(array);
  if (array.empty() || !cursor.enter_array()) return out;
  while (cursor.next_element()) {
    if (cursor.skip()) out.emplace_back(cursor.value_text());
  }
  return out;
}

base::SpanId span_of(ObjectView& of, std::string_view name) {
  return base::SpanId::from_hex(text(of, name)).value_or(base::SpanId{});
}

std::string tool_message(const CallState& call) {
  std::string out;
  json::Writer writer(out);
  writer.begin_object();
  writer.member("role", "tool");
  writer.member("tool_call_id", call.model_id);
  writer.member("content", call.result);
  writer.end_object();
  return out;
}

std::string assistant_message(std::string_view said, const std::vector<CallState>& calls) {
  std::string out;
  json::Writer writer(out);
  writer.begin_object();
  writer.member("role", "assistant");
  if (said.empty() && !calls.empty()) {
    writer.member_null("content");
  } else {
    writer.member("content", said);
  }
  if (!calls.empty()) writer.array("tool_calls");
  for (const CallState& call : calls) {
    writer.begin_object();
    writer.member("id", call.model_id);
    writer.member("type", "function");
    writer.object("function");
    writer.member("name", call.tool);
    writer.member("arguments", call.arguments);
    writer.end_object();
    writer.end_object();
  }
  if (!calls.empty()) writer.end_array();
  writer.end_object();
  return out;
}

// Of a message's content: a string, or parts of which some are text.
void add_texts(ObjectView& message, std::vector<std::string>& out) {
  if (auto whole = message.string("content")) out.push_back(std::move(*whole));
  for (const std::string& one : elements(message.array("content"))) {
    ObjectView part(one);
    if (auto words = part.string("text")) out.push_back(std::move(*words));
  }
}

// The caller's own words are trusted; what he says that a model has answered is not his.
void enter_input(Provenance& provenance, const std::vector<std::string>& messages) {
  for (const std::string& one : messages) {
    ObjectView message(one);
    if (text(message, "role") == "user") {
      add_texts(message, provenance.trusted);
    } else {
      provenance.sources.push_back({"input", {std::string(kHistoryLabel)}});
    }
  }
}

void enter_result(Provenance& provenance, const CallState& call) {
  if (!call.labels.empty()) provenance.sources.push_back({call.id, call.labels});
  if (call.trusted) provenance.trusted.push_back(call.result);
  auto& endorsed = provenance.endorsed;
  endorsed.insert(endorsed.end(), call.endorsed.begin(), call.endorsed.end());
  if (call.withheld.empty()) return;
  provenance.withheld.push_back({call.id, {label_of_tool(call.tool)}, call.withheld});
}

void on_created(RunState& state, ObjectView& body) {
  state.agent = text(body, "agent");
  state.input = elements(body.array("messages"));
  state.messages = state.input;
  enter_input(state.provenance, state.messages);
  RunOrigin& origin = state.origin;
  ObjectView caller(body.object("caller"));
  origin.principal.key_id = text(caller, "key_id");
  origin.principal.user = text(caller, "key_user");
  origin.principal.tenant = text(caller, "tenant");
  origin.principal.tier = text(caller, "tier");
  origin.principal.scopes = strings(caller.array("scopes"));
  origin.principal.models = strings(caller.array("models"));
  origin.user = text(body, "user");
  origin.session = text(body, "session_id");
  origin.metadata = body.object("metadata");
  origin.request_id = text(body, "request_id");
  origin.trace = base::TraceId::from_hex(text(body, "trace_id")).value_or(base::TraceId{});
  origin.span = span_of(body, "span_id");
  origin.parent = span_of(body, "parent_span_id");
}

void spend(RunState& state, ObjectView& body) {
  ObjectView usage(body.object("usage"));
  base::Usage used;
  used.input = usage.integer("input").value_or(0);
  used.cached = usage.integer("cached").value_or(0);
  used.cache_write = usage.integer("cache_write").value_or(0);
  used.output = usage.integer("output").value_or(0);
  used.reasoning = usage.integer("reasoning").value_or(0);
  state.usage += used;
  state.cost += base::parse_dollars(text(body, "cost_usd")).value_or(0);
  state.unpriced = state.unpriced || body.boolean("unpriced").value_or(false);
}

void on_agent_started(RunState& state, ObjectView& body) {
  state.acting = text(body, "agent");
  state.acting_span = span_of(body, "span_id");
  state.acting_since_us = state.updated_us;
  state.acting_input.clear();
  state.chain.push_back(state.acting);
}

// What the calls of the last answer came to goes into the conversation.
void on_model_begun(RunState& state, ObjectView& body) {
  for (const CallState& call : state.calls) {
    state.messages.push_back(tool_message(call));
    enter_result(state.provenance, call);
  }
  state.calls.clear();
  state.answer.reset();
  state.steps = body.integer("step").value_or(state.steps + 1);
  state.model_begun = true;
}

void on_model_finished(RunState& state, ObjectView& body) {
  state.model_begun = false;
  state.calls.clear();
  for (const std::string& one : elements(body.array("calls"))) {
    ObjectView call(one);
    CallState& out = state.calls.emplace_back();
    out.id = text(call, "call_id");
    out.model_id = text(call, "model_call_id");
    out.tool = text(call, "tool");
    out.arguments = text(call, "arguments");
    out.transfer_to = text(call, "transfer_to");
  }
  const std::string said = text(body, "text");
  state.messages.push_back(assistant_message(said, state.calls));
  if (state.calls.empty()) state.answer = said;
  for (CallState& call : state.calls) {
    std::string arguments = expand_references(call.arguments, state.provenance.withheld);
    call.by_reference = arguments != call.arguments;
    call.arguments = std::move(arguments);
  }
  spend(state, body);
}

void on_output_rejected(RunState& state, ObjectView& body) {
  state.messages.push_back(message_of("user", text(body, "message")));
  state.answer.reset();
  state.output_rejected = true;
}

void on_tool_decided(CallState& call, ObjectView& body) {
  if (text(body, "decision") != "allow") return;  // what the model is told follows
  call.stage = CallStage::allowed;
  call.authorised_by = "policy " + text(body, "policy");
  call.taint = body.array("tainted");
}

void on_tool_begun(RunState& state, CallState& call, ObjectView& body) {
  if (call.stage != CallStage::begun) ++state.tool_calls;
  call.stage = CallStage::begun;
  call.span = text(body, "span_id");
}

void on_words(CallState& call, ObjectView& body) {
  call.result = text(body, "result");
  call.labels = strings(body.array("labels"));
  call.endorsed = strings(body.array("endorsed"));
  call.trusted = body.boolean("trusted").value_or(false);
}

void on_tool_finished(CallState& call, ObjectView& body) {
  call.stage = CallStage::finished;
  on_words(call, body);
  // Written before there were labels.
  const bool is_unlabelled = !body.has("labels") && text(body, "outcome") != kRefused;
  if (is_unlabelled) call.labels = {label_of_tool(call.tool)};
  call.withheld = text(body, "withheld");
  call.wants_reader = body.boolean("wants_reader").value_or(false);
  call.is_error = body.boolean("is_error").value_or(false);
}

void on_result_read(RunState& state, CallState& call, ObjectView& body) {
  on_words(call, body);
  call.wants_reader = false;
  spend(state, body);
}

// Before anything was said.
void on_recalled(RunState& state, ObjectView& body) {
  state.memory = elements(body.array("messages"));
  state.messages.insert(state.messages.begin(), state.memory.begin(), state.memory.end());
  enter_input(state.provenance, state.memory);
  spend(state, body);
}

void on_handoff(RunState& state, CallState& call, ObjectView& body) {
  call.stage = CallStage::finished;
  call.result = "The conversation is with " + text(body, "to") + " now.";
  state.acting = text(body, "to");
}

void on_approval_requested(const RunState& state, CallState& call, ObjectView& body) {
  call.stage = CallStage::waiting;
  call.approved = false;
  call.digest = text(body, "digest");
  call.policy = text(body, "policy");
  call.reason = text(body, "reason");
  call.grants = strings(body.array("grants"));
  call.taint = body.array("tainted");
  call.needed = body.integer("needed").value_or(1);
  call.due_us = body.integer("due_unix_us").value_or(0);
  call.asked_us = state.updated_us;
  call.escalated = false;
  call.people.clear();
  call.names.clear();
}

void on_approved(CallState& call, ObjectView& body) {
  call.people.push_back(text(body, "person"));
  call.names.push_back(text(body, "by"));
  call.said = text(body, "reason");
  if (static_cast<std::int64_t>(call.people.size()) < call.needed) return;
  call.stage = CallStage::allowed;
  call.approved = true;
  call.approving_policies.push_back(call.policy);
  call.authorised_by = "approval of";
  for (const std::string& name : call.names) {
    call.authorised_by += (&name == &call.names.front() ? " " : ", ") + name;
  }
}

// Changed arguments are another call: it is judged from the beginning.
void on_edited(CallState& call, ObjectView& body) {
  call.arguments = text(body, "arguments");
  call.stage = CallStage::proposed;
  call.approved = false;
  call.approving_policies.clear();
  call.digest.clear();
  call.taint.clear();
  call.due_us = 0;
}

void on_not_approved(CallState& call, const std::string& why) {
  call.stage = CallStage::finished;
  call.is_error = true;
  call.result = "This call was not approved" + why;
}

void on_approval_decided(CallState& call, ObjectView& body) {
  const std::string decision = text(body, "decision");
  if (decision == "approve") {
    on_approved(call, body);
  } else if (decision == "edit") {
    on_edited(call, body);
  } else {
    const std::string reason = text(body, "reason");
    on_not_approved(call, reason.empty() ? "." : ". Reason: " + reason);
  }
}

void on_escalated(CallState& call, ObjectView& body) {
  call.escalated = true;
  call.needed = body.integer("needed").value_or(1);
  call.due_us = body.integer("due_unix_us").value_or(0);
  call.people.clear();
  call.names.clear();
}

void on_resumed(RunState& state, ObjectView& body) {
  state.status_detail.clear();
  CallState* call = state.call(text(body, "call_id"));
  const std::string outcome = text(body, "outcome");
  if (call != nullptr && call->stage == CallStage::unknown) {
    // Whoever says that it did not happen wants it done; an idempotent one may just be repeated.
    call->stage = outcome == "repeat" ? CallStage::begun : CallStage::allowed;
  }
}

void on_cancelled(RunState& state, ObjectView& body) {
  state.status_detail.clear();
  for (const std::string& id : strings(body.array("unknown_calls"))) {
    const bool first = state.status_detail.empty();
    state.status_detail += first ? "it is not known whether these calls have happened: " : ", ";
    state.status_detail += id;
  }
}

bool on_run(RunState& state, std::string_view kind, ObjectView& body) {
  if (kind == kind::kCreated) {
    on_created(state, body);
  } else if (kind == kind::kRecalled) {
    on_recalled(state, body);
  } else if (kind == kind::kResumed) {
    on_resumed(state, body);
  } else if (kind == kind::kFinished) {
    state.output = text(body, "output");
  } else if (kind == kind::kFailed) {
    ObjectView error(body.object("error"));
    state.status_detail = text(error, "message");
  } else if (kind == kind::kCancelled) {
    on_cancelled(state, body);
  } else if (kind == kind::kStopped) {
    state.status_detail = text(body, "message");
  } else {
    return false;
  }
  return true;
}

bool on_step(RunState& state, std::string_view kind, ObjectView& body) {
  if (kind == kind::kAgentStarted) {
    on_agent_started(state, body);
  } else if (kind == kind::kModelBegun) {
    on_model_begun(state, body);
  } else if (kind == kind::kModelFinished) {
    on_model_finished(state, body);
  } else if (kind == kind::kOutputRejected) {
    on_output_rejected(state, body);
  } else {
    return false;
  }
  return true;
}

void on_call(RunState& state, std::string_view kind, ObjectView& body) {
  CallState* call = state.call(text(body, "call_id"));
  if (call == nullptr) return;
  if (kind == kind::kToolDecided) {
    on_tool_decided(*call, body);
  } else if (kind == kind::kToolBegun) {
    on_tool_begun(state, *call, body);
  } else if (kind == kind::kToolFinished) {
    on_tool_finished(*call, body);
  } else if (kind == kind::kResultRead) {
    on_result_read(state, *call, body);
  } else if (kind == kind::kHandoff) {
    on_handoff(state, *call, body);
  } else if (kind == kind::kApprovalRequested) {
    on_approval_requested(state, *call, body);
  } else if (kind == kind::kApprovalDecided) {
    on_approval_decided(*call, body);
  } else if (kind == kind::kApprovalExpired) {
    on_not_approved(*call, " in time.");
  } else if (kind == kind::kApprovalEscalated) {
    on_escalated(*call, body);
  } else if (kind == kind::kNeedsAttention) {
    call->stage = CallStage::unknown;
    state.status_detail = text(body, "message");
  }
}

RunStatus status_after(RunStatus status, const storage::RunEntry& entry) {
  const std::string_view what = entry.kind;
  if (what == kind::kPaused) {
    ObjectView body(entry.body);
    return run_status_named(text(body, "status")).value_or(status);
  }
  const bool waited = status == RunStatus::waiting_for_approval;
  if (what == kind::kResumed) return RunStatus::running;
  const bool moves = what == kind::kApprovalDecided || what == kind::kApprovalExpired ||
                     what == kind::kApprovalEscalated;
  if (moves) return waited ? RunStatus::running : status;
  if (what == kind::kNeedsAttention) return RunStatus::needs_attention;
  if (what == kind::kFinished) return RunStatus::finished;
  if (what == kind::kFailed) return RunStatus::failed;
  if (what == kind::kCancelled) return RunStatus::cancelled;
  return what == kind::kStopped ? RunStatus::stopped : status;
}

// Time in which nobody worked on it: it waited for a person, or the program was not there.
void pass_time(RunState& state, const storage::RunEntry& entry) {
  const bool worked = state.seq > 0 && state.status == RunStatus::running &&
                      entry.kind != kind::kRecovered && entry.at_unix_us > state.updated_us;
  if (worked) state.active_us += entry.at_unix_us - state.updated_us;
  if (state.seq == 0) state.created_us = entry.at_unix_us;
  state.updated_us = entry.at_unix_us;
  state.seq = entry.seq;
}

}  // namespace

const CallState* RunState::call(std::string_view call_id) const {
  const auto at = std::find_if(calls.begin(), calls.end(),
                               [&](const CallState& one) { return one.id == call_id; });
  return at == calls.end() ? nullptr : &*at;
}

CallState* RunState::call(std::string_view call_id) {
  return const_cast<CallState*>(std::as_const(*this).call(call_id));
}

void apply(RunState& state, const storage::RunEntry& entry) {
  pass_time(state, entry);
  state.status = status_after(state.status, entry);
  ObjectView body(entry.body);
  if (on_run(state, entry.kind, body) || on_step(state, entry.kind, body)) return;
  on_call(state, entry.kind, body);
}

RunState fold(const std::string& id, const std::vector<storage::RunEntry>& entries) {
  RunState state;
  state.id = id;
  for (const storage::RunEntry& entry : entries) apply(state, entry);
  return state;
}

NextStep next_step(const RunState& state) {
  // First, while the agent that wants it has the word.
  const bool unread = std::any_of(state.calls.begin(), state.calls.end(),
                                  [](const auto& call) { return call.wants_reader; });
  if (unread) return NextStep::read_results;
  const bool all_done = std::all_of(state.calls.begin(), state.calls.end(), [](const auto& call) {
    return call.stage == CallStage::finished;
  });
  if (!all_done) return NextStep::call_tools;
  return state.answer ? NextStep::finish : NextStep::ask_model;
}

}  // namespace headgate::agents
