#include "llm/openai_chat/stream_writer.h"

#include <utility>

#include "llm/openai/bodies.h"
#include "llm/openai/chat_usage.h"

namespace headgate::llm::openai_chat {

using base::json::Writer;
using chat::Delta;

StreamWriter::StreamWriter(const chat::AnswerContext& context)
    : context_(context),
      usage_asked_(context.request != nullptr && context.request->usage_in_stream) {}

void StreamWriter::write(const chat::Event& event, std::string& out) {
  if (over_) return;
  const auto* piece = std::get_if<Delta>(&event);
  const bool signs = piece != nullptr && piece->kind == Delta::Kind::signature;
  if (unsaid_call_ && !signs) flush_call(out);
  if (piece != nullptr) {
    delta(*piece, out);
  } else if (const auto* part = std::get_if<chat::PartBegin>(&event)) {
    part_begins(*part, out);
  } else if (const auto* ended = std::get_if<chat::PartEnd>(&event)) {
    part_ends(*ended, out);
  } else if (const auto* stopped = std::get_if<chat::Stop>(&event)) {
    stop(*stopped, out);
  } else if (const auto* seen = std::get_if<chat::UsageSeen>(&event)) {
    usage_ = seen->usage;
  } else if (const auto* first = std::get_if<chat::Begin>(&event)) {
    begin(*first);
  } else if (const auto* failure = std::get_if<chat::Failed>(&event)) {
    failed(failure->error, out);
  } else {
    end(out);
  }
}

void StreamWriter::begin(const chat::Begin& begin) {
  const bool named = !begin.model.empty() || context_.request == nullptr;
  head_ = "data: ";
  Writer json(head_);
  json.begin_object();
  json.member("id", answer_id(context_.id, begin.id));
  json.member("object", "chat.completion.chunk");
  json.member("created", begin.created_s == 0 ? context_.created_s : begin.created_s);
  json.member("model", named ? begin.model : context_.request->model);
  json.array("choices");
}

StreamWriter::Candidate& StreamWriter::candidate(std::uint32_t index) {
  if (index >= candidates_.size()) candidates_.resize(index + std::size_t{1});
  return candidates_[index];
}

// Up to the delta, which is open.
Writer StreamWriter::open_chunk(std::uint32_t index, std::string& out) const {
  out += head_;
  Writer json(out);
  out += "{\"index\":";
  json.integer(index);
  out += ",\"delta\":{";
  return json;
}

void StreamWriter::close_chunk(std::string& out, std::string_view finish_reason,
                               std::string_view logprobs) const {
  out.append("},\"logprobs\":").append(logprobs).append(",\"finish_reason\":");
  if (finish_reason.empty()) {
    out += "null";
  } else {
    out.append("\"").append(finish_reason).append("\"");
  }
  out += usage_asked_ ? "}],\"usage\":null}\n\n" : "}]}\n\n";
}

void StreamWriter::say(std::uint32_t index, std::string_view member, std::string_view text,
                       std::string& out) const {
  open_chunk(index, out).member(member, text);
  close_chunk(out);
}

// Where tools are called from the start there is no content, which is not the same as an empty one.
void StreamWriter::role(std::uint32_t index, bool calls_tools, std::string& out) {
  if (std::exchange(candidate(index).begun, true)) return;
  Writer json = open_chunk(index, out);
  json.member("role", "assistant");
  json.member_raw("content", calls_tools ? "null" : "\"\"");
  json.member_null("refusal");
  close_chunk(out);
}

void StreamWriter::part_begins(const chat::PartBegin& begin, std::string& out) {
  const auto* call = begin.part.as<chat::ToolCall>();
  role(begin.candidate, call != nullptr, out);
  Candidate& of = candidate(begin.candidate);
  of.open = begin.part;
  of.said.text = of.said.text || begin.part.as<chat::Text>();
  of.said.refusal = of.said.refusal || begin.part.as<chat::Refusal>();
  of.said.calls = of.said.calls || call;
  of.gap = begin.part.as<chat::Reasoning>() && of.thought;
  if (call != nullptr) {
    ++of.calls;
    unsaid_call_ = begin.candidate;
  }
  if (const auto* text = begin.part.as<chat::Text>(); text && !text->annotations.empty()) {
    annotations(begin.candidate, text->annotations, out);
  }
  if (const auto* media = begin.part.as<chat::Media>();
      media != nullptr && media->kind == chat::MediaKind::audio) {
    Writer json = open_chunk(begin.candidate, out);
    json.object("audio");
    json.member("id", media->file_id);
    json.end_object();
    close_chunk(out);
  }
}

// The start of a call: held for one event, since its signature belongs into it.
void StreamWriter::flush_call(std::string& out) {
  const std::uint32_t index = *std::exchange(unsaid_call_, std::nullopt);
  const Candidate& of = candidate(index);
  const auto& call = *of.open.as<chat::ToolCall>();
  const std::string_view kind = call.custom ? "custom" : "function";
  Writer json = open_chunk(index, out);
  json.array("tool_calls");
  json.begin_object();
  json.member("index", of.calls - 1);
  json.member("id", call.id);
  json.member("type", kind);
  json.object(kind);
  json.member("name", call.name);
  json.member(call.custom ? "input" : "arguments", "");
  json.end_object();
  write_signature(json, call.signature);
  json.end_object();
  json.end_array();
  close_chunk(out);
}

void StreamWriter::call_delta(const Delta& delta, chat::ToolCall& call, std::string& out) {
  const bool is_signature = delta.kind == Delta::Kind::signature;
  if (is_signature) {
    call.signature.value = delta.value;
    if (unsaid_call_) return flush_call(out);
    if (call.signature.origin != chat::Dialect::gemini) return;
  }
  Writer json = open_chunk(delta.candidate, out);
  json.array("tool_calls");
  json.begin_object();
  json.member("index", candidate(delta.candidate).calls - 1);
  if (is_signature) {
    write_signature(json, call.signature);
  } else {
    json.object(call.custom ? "custom" : "function");
    json.member(call.custom ? "input" : "arguments", delta.value);
    json.end_object();
  }
  json.end_object();
  json.end_array();
  close_chunk(out);
}

void StreamWriter::annotations(std::uint32_t index, std::string_view json, std::string& out) const {
  std::string list;
  add_annotations(list, json, false);
  if (list.empty()) return;
  open_chunk(index, out).member_raw("annotations", list);
  close_chunk(out);
}

void StreamWriter::delta(const Delta& delta, std::string& out) {
  Candidate& of = candidate(delta.candidate);
  if (auto* call = of.open.as<chat::ToolCall>()) return call_delta(delta, *call, out);
  switch (delta.kind) {
    case Delta::Kind::text: return text_delta(delta, of, out);
    case Delta::Kind::annotations: return annotations(delta.candidate, delta.value, out);
    case Delta::Kind::logprobs: {
      const bool refusal = of.open.as<chat::Refusal>() != nullptr;
      open_chunk(delta.candidate, out);
      close_chunk(out, {},
                  refusal ? R"({"content":null,"refusal":)" + delta.value + "}"
                          : R"({"content":)" + delta.value + R"(,"refusal":null})");
      return;
    }
    case Delta::Kind::data: return data_delta(delta, of, out);
    default: return;  // signatures of thoughts and other dialects' events: nobody here knows them
  }
}

void StreamWriter::text_delta(const Delta& delta, Candidate& of, std::string& out) {
  if (delta.value.empty()) return;
  if (of.open.as<chat::Text>()) return say(delta.candidate, "content", delta.value, out);
  if (of.open.as<chat::Refusal>()) return say(delta.candidate, "refusal", delta.value, out);
  const bool gap = std::exchange(of.gap, false);
  of.thought = true;
  say(delta.candidate, "reasoning_content", gap ? "\n\n" + delta.value : delta.value, out);
}

// Sound goes on at once; an image goes whole, at its end.
void StreamWriter::data_delta(const Delta& delta, Candidate& of, std::string& out) {
  auto* media = of.open.as<chat::Media>();
  if (media == nullptr) return;
  if (media->kind == chat::MediaKind::image) {
    media->data += delta.value;
    if (media->data.size() <= chat::Limits{}.held_bytes_max) return;
    return failed({.message = "the model's image is too large for a stream"}, out);
  }
  if (media->kind != chat::MediaKind::audio) return;
  Writer json = open_chunk(delta.candidate, out);
  json.object("audio");
  json.member("data", delta.value);
  json.end_object();
  close_chunk(out);
}

void StreamWriter::part_ends(const chat::PartEnd& end, std::string& out) {
  Candidate& of = candidate(end.candidate);
  if (is_image(of.open)) {
    Writer json = open_chunk(end.candidate, out);
    json.array("images");
    write_image(json, *of.open.as<chat::Media>());
    json.end_array();
    close_chunk(out);
  }
  of.open = {};
}

void StreamWriter::stop(const chat::Stop& stop, std::string& out) {
  role(stop.candidate, false, out);
  open_chunk(stop.candidate, out);
  close_chunk(out, finish_reason_of(stop.reason, stop.native, candidate(stop.candidate).said));
}

void StreamWriter::end(std::string& out) {
  if (usage_asked_ && usage_) {
    out += head_;
    out += ']';
    Writer json(out);
    out += ",\"usage\":";
    openai::write_usage(json, *usage_);
    if (usage_->tier != base::ServiceTier::standard && !openai::name_of(usage_->tier).empty()) {
      json.member("service_tier", openai::name_of(usage_->tier));
    }
    out += "}\n\n";
  }
  out += "data: [DONE]\n\n";
  over_ = true;
}

void StreamWriter::failed(const chat::ProviderError& error, std::string& out) {
  out.append("data: ").append(openai::provider_error_body(error)).append("\n\n");
  over_ = true;
}

void StreamWriter::keep_alive(std::string& out) {
  if (!over_) out += ": keep-alive\n\n";
}

void StreamWriter::fail(const base::Error& error, std::string_view, std::string& out) {
  if (std::exchange(over_, true)) return;
  out += openai::stream_error_event(error);
}

}  // namespace headgate::llm::openai_chat
