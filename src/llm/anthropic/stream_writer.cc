#include "llm/anthropic/stream_writer.h"

#include "base/json/writer.h"
#include "llm/anthropic/answer.h"
#include "llm/anthropic/blocks.h"
#include "llm/anthropic/errors.h"
#include "llm/anthropic/usage.h"

namespace headgate::llm::anthropic {

using base::json::Writer;
using chat::Delta;

namespace {

// One named event; its data begins with the type and ends with the frame.
class Frame {
 public:
  Frame(std::string_view name, std::string& out) : out_(begun(name, out)), json_(out_) {
    json_.begin_object();
    json_.member("type", name);
  }
  Frame(const Frame&) = delete;
  Frame& operator=(const Frame&) = delete;
  ~Frame() {
    json_.end_object();
    out_ += "\n\n";
  }
  Writer& json() { return json_; }

 private:
  static std::string& begun(std::string_view name, std::string& out) {
    return out.append("event: ").append(name).append("\ndata: ");
  }

  std::string& out_;
  Writer json_;
};

void write_delta(std::int64_t index, std::string_view type, std::string_view member,
                 std::string_view value, std::string& out) {
  Frame frame("content_block_delta", out);
  frame.json().member("index", index);
  frame.json().object("delta");
  frame.json().member("type", type);
  frame.json().member(member, value);
  frame.json().end_object();
}

// The text of a JSON string without its quotes, to be put together from pieces.
std::string inside_quotes(std::string_view text) {
  const std::string quoted = base::json_string(text);
  return quoted.substr(1, quoted.size() - 2);
}

void write_call(Writer& json, const chat::ToolCall& call, const chat::Extras& extras) {
  json.member("type", "tool_use");
  json.member("id", wire_name(call.id));
  json.member("name", wire_name(call.name));
  json.member_raw("input", "{}");
  // Only what this dialect knows: extras of other providers would be no part of it.
  for (const chat::Extra& extra : extras) {
    if (extra.name == "caller" || extra.name == "toolset_name") {
      json.member_raw(extra.name, extra.json);
    }
  }
}

void write_thoughts(Writer& json, const chat::Reasoning& thoughts) {
  if (thoughts.redacted) {
    json.member("type", "redacted_thinking");
    json.member("data", signature_text(thoughts));
    return;
  }
  chat::Reasoning unsigned_yet = thoughts;
  unsigned_yet.signature.value.clear();
  json.member("type", "thinking");
  json.member("thinking", "");
  json.member("signature", signature_text(unsigned_yet));
}

bool is_own_block(const chat::Opaque& opaque) {
  return opaque.origin == chat::Dialect::anthropic && opaque.json.starts_with('{');
}

}  // namespace

void StreamWriter::write(const chat::Event& event, std::string& out) {
  if (done_) return;
  if (const auto* piece = std::get_if<Delta>(&event)) {
    if (piece->candidate == 0) delta(*piece, out);
  } else if (const auto* begin = std::get_if<chat::Begin>(&event)) {
    take(*begin);
  } else if (const auto* part = std::get_if<chat::PartBegin>(&event)) {
    start(out);
    if (part->candidate == 0) begin_block(part->part, out);
  } else if (const auto* ended = std::get_if<chat::PartEnd>(&event)) {
    if (ended->candidate == 0) end_block(out);
  } else if (const auto* stop = std::get_if<chat::Stop>(&event)) {
    if (stop->candidate == 0) stop_ = *stop;
  } else if (const auto* seen = std::get_if<chat::UsageSeen>(&event)) {
    usage_ = seen->usage;
  } else if (const auto* failed = std::get_if<chat::Failed>(&event)) {
    error_event(error_body(failed->error, {}), out);
  } else {
    end(out);
  }
}

void StreamWriter::take(const chat::Begin& begin) {
  begun_ = true;
  if (id_.empty()) id_ = message_id(begin.id);
  model_ = begin.model;
}

void StreamWriter::start(std::string& out) {
  if (started_) return;
  started_ = true;
  {
    Frame frame("message_start", out);
    Writer& json = frame.json();
    json.object("message");
    json.member("id", id_);
    json.member("type", "message");
    json.member("role", "assistant");
    json.member("model", model_);
    json.array("content");
    json.end_array();
    json.member_null("stop_reason");
    json.member_null("stop_sequence");
    json.member_null("stop_details");
    json.key("usage");
    write_usage(json, usage_.value_or(base::Usage{}));
    json.end_object();
  }
  Frame ping("ping", out);
}

void StreamWriter::begin_block(const chat::Part& part, std::string& out) {
  open_ = Open::nothing;
  if (part.as<chat::Text>() != nullptr || part.as<chat::Refusal>() != nullptr) {
    has_refusal_ = has_refusal_ || part.as<chat::Refusal>() != nullptr;
    open_ = Open::text_to_come;
  } else if (const auto* thoughts = part.as<chat::Reasoning>()) {
    thoughts_ = *thoughts;
    open_ = thoughts->redacted ? Open::complete : Open::thoughts;
    Frame frame("content_block_start", out);
    frame.json().member("index", index_);
    frame.json().object("content_block");
    write_thoughts(frame.json(), *thoughts);
    frame.json().end_object();
  } else if (const auto* opaque = part.as<chat::Opaque>(); opaque && is_own_block(*opaque)) {
    open_ = Open::complete;
    Frame frame("content_block_start", out);
    frame.json().member("index", index_);
    frame.json().member_raw("content_block", opaque->json);
  } else if (const auto* call = part.as<chat::ToolCall>()) {
    begin_call(*call, part.extras, out);
  }
}

void StreamWriter::begin_call(const chat::ToolCall& call, const chat::Extras& extras,
                              std::string& out) {
  has_calls_ = true;
  open_ = call.custom ? Open::custom_call : Open::call;
  {
    Frame frame("content_block_start", out);
    frame.json().member("index", index_);
    frame.json().object("content_block");
    write_call(frame.json(), call, extras);
    frame.json().end_object();
  }
  if (call.custom) {
    write_delta(index_, "input_json_delta", "partial_json",
                "{\"" + std::string(kCustomInput) + "\":\"", out);
  }
}

// A text begins with its first character: an empty one, sent back by the client, would be refused.
void StreamWriter::begin_text(std::string& out) {
  if (open_ != Open::text_to_come) return;
  open_ = Open::text;
  Frame frame("content_block_start", out);
  frame.json().member("index", index_);
  frame.json().object("content_block");
  frame.json().member("type", "text");
  frame.json().member("text", "");
  frame.json().end_object();
}

void StreamWriter::delta(const Delta& delta, std::string& out) {
  if (open_ == Open::nothing || delta.value.empty()) return;
  switch (delta.kind) {
    case Delta::Kind::text: text(delta.value, out); break;
    case Delta::Kind::arguments: arguments(delta.value, out); break;
    case Delta::Kind::annotations: citations(delta.value, out); break;
    // Said once, when all of the block's thoughts have been.
    case Delta::Kind::signature: thoughts_.signature.value = delta.value; break;
    case Delta::Kind::logprobs:
    case Delta::Kind::data:
    case Delta::Kind::opaque: break;
  }
}

void StreamWriter::text(std::string_view value, std::string& out) {
  begin_text(out);
  if (open_ == Open::text) write_delta(index_, "text_delta", "text", value, out);
  if (open_ == Open::thoughts) write_delta(index_, "thinking_delta", "thinking", value, out);
}

void StreamWriter::arguments(std::string_view value, std::string& out) {
  if (open_ == Open::call) {
    write_delta(index_, "input_json_delta", "partial_json", value, out);
  } else if (open_ == Open::custom_call) {
    write_delta(index_, "input_json_delta", "partial_json", inside_quotes(value), out);
  }
}

void StreamWriter::citations(std::string_view annotations, std::string& out) {
  begin_text(out);
  if (open_ != Open::text) return;
  std::size_t others = 0;
  for (const std::string_view citation : citations_in(annotations, others)) {
    Frame frame("content_block_delta", out);
    frame.json().member("index", index_);
    frame.json().object("delta");
    frame.json().member("type", "citations_delta");
    frame.json().member_raw("citation", citation);
    frame.json().end_object();
  }
}

void StreamWriter::end_block(std::string& out) {
  const bool unwritten = open_ == Open::nothing || open_ == Open::text_to_come;
  open_ = unwritten ? Open::nothing : open_;
  if (unwritten) return;
  if (open_ == Open::thoughts) {
    write_delta(index_, "signature_delta", "signature", signature_text(thoughts_), out);
    thoughts_ = {};
  }
  if (open_ == Open::custom_call) {
    write_delta(index_, "input_json_delta", "partial_json", "\"}", out);
  }
  {
    Frame frame("content_block_stop", out);
    frame.json().member("index", index_);
  }
  ++index_;
  open_ = Open::nothing;
}

void StreamWriter::end(std::string& out) {
  start(out);
  {
    Frame frame("message_delta", out);
    Writer& json = frame.json();
    json.object("delta");
    const bool refused = stop_.reason == chat::StopReason::stop && has_refusal_;
    const auto reason = refused ? chat::StopReason::refusal : stop_.reason;
    json.member("stop_reason", stop_word(reason, stop_.native, has_calls_));
    if (stop_.sequence.empty()) {
      json.member_null("stop_sequence");
    } else {
      json.member("stop_sequence", stop_.sequence);
    }
    json.member_null("stop_details");
    json.end_object();
    json.key("usage");
    write_usage(json, usage_.value_or(base::Usage{}));
  }
  Frame frame("message_stop", out);
  done_ = true;
}

void StreamWriter::error_event(const std::string& body, std::string& out) {
  out.append("event: error\ndata: ").append(body).append("\n\n");
  done_ = true;
}

void StreamWriter::keep_alive(std::string& out) {
  if (done_) return;
  if (begun_ && !started_) {
    start(out);
    return;
  }
  Frame ping("ping", out);
}

void StreamWriter::fail(const base::Error& error, std::string_view request_id, std::string& out) {
  if (!done_) error_event(error_body(error, request_id), out);
}

}  // namespace headgate::llm::anthropic
