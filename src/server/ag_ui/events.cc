#include "server/ag_ui/events.h"

#include <utility>

#include "agents/journal/entry.h"
#include "agents/mcp/object_view.h"
#include "base/json/cursor.h"
#include "base/text/utc.h"
#include "server/ag_ui/input.h"

namespace headgate::server {

namespace json = base::json;
namespace kind = agents::kind;
using agents::CallStage;
using agents::RunStatus;
using agents::mcp::ObjectView;

namespace {

constexpr std::string_view kVersion = "1.0";
// What is expected of whoever answers an interrupt.
constexpr std::string_view kAnswerSchema =
    R"({"type":"object","properties":{"approved":{"type":"boolean"},)"
    R"("reason":{"type":"string"},"editedArgs":{"type":"object"}},"required":["approved"]})";

/// One event, written into `out` when it goes: before `out` is returned, in a block of its own.
class Event {
 public:
  Event(std::string& out, std::string_view type) : out_(out), writer_(body_) {
    writer_.begin_object();
    writer_.member("type", type);
  }
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  ~Event() {
    writer_.end_object();
    out_ += "data: " + body_ + "\n\n";
  }
  json::Writer* operator->() { return &writer_; }
  json::Writer& operator*() { return writer_; }

 private:
  std::string& out_;
  std::string body_;
  json::Writer writer_;
};

std::string text_of(ObjectView& of, std::string_view name) { return of.string(name).value_or(""); }

void write_interrupt(json::Writer& writer, const std::string& run_id,
                     const agents::CallState& call) {
  writer.begin_object();
  writer.member("id", interrupt_id(run_id, call.id, call.digest));
  writer.member("reason", "tool_approval");
  writer.member("message", call.reason.empty() ? "May " + call.tool + " be called?" : call.reason);
  writer.member("toolCallId", run_id + ":" + call.id);
  writer.member_raw("responseSchema", kAnswerSchema);
  if (call.due_us != 0) writer.member("expiresAt", base::utc_text(call.due_us));
  writer.object("metadata");
  writer.member("tool", call.tool);
  writer.member("arguments", call.arguments);
  writer.member("policy", call.policy);
  writer.end_object();
  writer.end_object();
}

}  // namespace

std::string AgUiEvents::begin() const {
  std::string out;
  {
    Event event(out, "RUN_STARTED");
    event->member("threadId", thread_);
    event->member("runId", run_);
    event->member("protocolVersion", kVersion);
  }
  {
    Event event(out, "CUSTOM");
    event->member("name", "headgate.run");
    event->object("value");
    event->member("id", id_);
    event->end_object();
  }
  return out;
}

std::string AgUiEvents::of(const storage::RunEntry& entry) {
  std::string out;
  ObjectView body(entry.body);
  if (entry.kind == kind::kAgentStarted) {
    begin_step(out, text_of(body, "agent"));
  } else if (entry.kind == kind::kModelBegun) {
    asked_ = entry.seq;
    withdrawn_ = 0;
  } else if (entry.kind == kind::kModelFinished) {
    add_answer(out, entry);
  } else if (entry.kind == kind::kToolFinished) {
    add_result(out, text_of(body, "call_id"), text_of(body, "result"));
  } else if (entry.kind == kind::kHandoff) {
    add_result(out, text_of(body, "call_id"), "Handed over to " + text_of(body, "to") + ".");
  }
  return out;
}

void AgUiEvents::begin_step(std::string& out, std::string agent) {
  end_step(out);
  step_ = std::move(agent);
  Event event(out, "STEP_STARTED");
  event->member("stepName", step_);
}

void AgUiEvents::end_step(std::string& out) {
  if (step_.empty()) return;
  Event event(out, "STEP_FINISHED");
  event->member("stepName", step_);
  step_.clear();
}

void AgUiEvents::add_answer(std::string& out, const storage::RunEntry& entry) {
  ObjectView body(entry.body);
  ObjectView usage(body.object("usage"));
  const auto count = [&](std::string_view name) { return usage.integer(name).value_or(0); };
  Tokens& tokens = tokens_[text_of(body, "model")];
  tokens.input += count("input");
  tokens.cached += count("cached");
  tokens.cache_write += count("cache_write");
  tokens.output += count("output");
  tokens.reasoning += count("reasoning");
  const std::string said = text_of(body, "text");
  if (!said.empty() && !text_is_open_) {
    begin_text(out);
    add_text(out, said);
  }
  end_text(out);
  add_calls(out, body.array("calls"), message());
}

std::string AgUiEvents::text(const TextChange& change) {
  std::string out;
  if (change.withdrawn) withdraw(out);
  if (change.piece.empty()) return out;
  if (!text_is_open_) begin_text(out);
  add_text(out, change.piece);
  return out;
}

// Whoever comes later and reads it all from the journal gets the same id, but for answers of which
// others were withdrawn.
std::string AgUiEvents::message() const {
  std::string out = id_ + ":m" + std::to_string(asked_);
  if (withdrawn_ > 0) out += "." + std::to_string(withdrawn_);
  return out;
}

void AgUiEvents::begin_text(std::string& out) {
  text_is_open_ = true;
  Event(out, "TEXT_MESSAGE_START")->member("messageId", message());
}

void AgUiEvents::add_text(std::string& out, std::string_view piece) const {
  Event event(out, "TEXT_MESSAGE_CONTENT");
  event->member("messageId", message());
  event->member("delta", piece);
}

void AgUiEvents::end_text(std::string& out) {
  if (!std::exchange(text_is_open_, false)) return;
  Event(out, "TEXT_MESSAGE_END")->member("messageId", message());
}

// The protocol has no word for a message that is taken back.
void AgUiEvents::withdraw(std::string& out) {
  if (!text_is_open_) return;
  end_text(out);
  {
    Event event(out, "CUSTOM");
    event->member("name", "headgate.text_discarded");
    event->object("value");
    event->member("messageId", message());
    event->end_object();
  }
  ++withdrawn_;
}

void AgUiEvents::add_calls(std::string& out, std::string_view calls,
                           std::string_view message) const {
  if (calls.empty()) return;
  json::Cursor cursor(calls);
  cursor.enter_array();
  while (cursor.next_element()) {
    cursor.skip();
    ObjectView call(cursor.value_text());
    const std::string id = id_ + ":" + text_of(call, "call_id");
    {
      Event event(out, "TOOL_CALL_START");
      event->member("toolCallId", id);
      event->member("toolCallName", text_of(call, "tool"));
      event->member("parentMessageId", message);
    }
    if (const std::string arguments = text_of(call, "arguments"); !arguments.empty()) {
      Event event(out, "TOOL_CALL_ARGS");
      event->member("toolCallId", id);
      event->member("delta", arguments);
    }
    Event(out, "TOOL_CALL_END")->member("toolCallId", id);
  }
}

void AgUiEvents::add_result(std::string& out, std::string_view call,
                            std::string_view content) const {
  const std::string id = id_ + ":" + std::string(call);
  Event event(out, "TOOL_CALL_RESULT");
  event->member("messageId", id + ":result");
  event->member("toolCallId", id);
  event->member("content", content);
  event->member("role", "tool");
}

void AgUiEvents::write_usage(json::Writer& writer) const {
  if (tokens_.empty()) return;
  writer.array("usage");
  for (const auto& [model, tokens] : tokens_) {
    writer.begin_object();
    if (!model.empty()) writer.member("model", model);
    writer.member("inputTokens", tokens.input);
    writer.member("outputTokens", tokens.output);
    writer.member("totalTokens", tokens.input + tokens.output);
    writer.member("cachedInputTokens", tokens.cached);
    writer.member("cacheWriteInputTokens", tokens.cache_write);
    writer.member("reasoningTokens", tokens.reasoning);
    writer.end_object();
  }
  writer.end_array();
}

void AgUiEvents::add_error(std::string& out, std::string_view code, std::string_view message) {
  end_text(out);
  end_step(out);
  Event event(out, "RUN_ERROR");
  event->member("message", message.empty() ? "The run did not end well." : message);
  event->member("code", code);
  write_usage(*event);
}

std::string AgUiEvents::broken(const base::Error& error) {
  std::string out;
  add_error(out, base::row(error.code).name, error.detail);
  return out;
}

std::string AgUiEvents::end(const agents::RunState& state) {
  std::string out;
  const bool well = state.status == RunStatus::finished || state.status == RunStatus::cancelled ||
                    state.status == RunStatus::waiting_for_approval;
  if (well) {
    add_end(out, state);
  } else {
    add_error(out, name(state.status), state.status_detail);
  }
  return out;
}

void AgUiEvents::add_end(std::string& out, const agents::RunState& state) {
  const bool waits = state.status == RunStatus::waiting_for_approval;
  end_step(out);
  Event event(out, "RUN_FINISHED");
  event->member("threadId", thread_);
  event->member("runId", run_);
  if (state.status == RunStatus::finished) event->member("result", state.output);
  event->object("outcome");
  event->member("type", waits                                  ? "interrupt"
                        : state.status == RunStatus::cancelled ? "cancelled"
                                                               : "success");
  if (waits) {
    event->array("interrupts");
    for (const agents::CallState& call : state.calls) {
      if (call.stage == CallStage::waiting) write_interrupt(*event, id_, call);
    }
    event->end_array();
  }
  event->end_object();
  write_usage(*event);
}

}  // namespace headgate::server
