#include "llm/gemini/stream_writer.h"

#include <utility>

#include "llm/gemini/answer.h"
#include "llm/gemini/errors.h"
#include "llm/gemini/usage.h"
#include "llm/gemini_wire/candidate.h"
#include "llm/gemini_wire/part.h"

namespace headgate::llm::gemini {

using base::json::Writer;
using chat::Delta;
using chat::Dialect;
using chat::StopReason;

void StreamWriter::write(const chat::Event& event, std::string& out) {
  if (over_) return;
  if (const auto* piece = std::get_if<Delta>(&event)) {
    delta(*piece, out);
  } else if (const auto* first = std::get_if<chat::Begin>(&event)) {
    begin(*first);
  } else if (const auto* part = std::get_if<chat::PartBegin>(&event)) {
    part_begin(*part, out);
  } else if (const auto* done = std::get_if<chat::PartEnd>(&event)) {
    part_end(done->candidate, out);
  } else if (const auto* stop = std::get_if<chat::Stop>(&event)) {
    lane(stop->candidate).stop = *stop;
  } else if (const auto* seen = std::get_if<chat::UsageSeen>(&event)) {
    usage_ = seen->usage;
  } else if (const auto* error = std::get_if<chat::Failed>(&event)) {
    failed(error_body(error->error), out);
  } else {
    end(out);
  }
}

StreamWriter::Lane& StreamWriter::lane(std::uint32_t candidate) {
  if (candidate >= lanes_.size()) lanes_.resize(candidate + std::size_t{1});
  return lanes_[candidate];
}

void StreamWriter::begin(const chat::Begin& begin) {
  if (id_.empty()) id_ = begin.id;
  model_ = begin.model;
}

void StreamWriter::part_begin(const chat::PartBegin& begin, std::string& out) {
  Lane& open = lane(begin.candidate);
  open.part = begin.part;
  open.has_text = false;
  const auto* opaque = begin.part.as<chat::Opaque>();
  if (opaque == nullptr || opaque->origin != Dialect::gemini) return;
  open_chunk(out);
  out += opaque->json;
  close_chunk(begin.candidate, out);
}

void StreamWriter::delta(const Delta& delta, std::string& out) {
  Lane& open = lane(delta.candidate);
  switch (delta.kind) {
    case Delta::Kind::text: {
      if (delta.value.empty()) return;
      open.has_text = true;
      open_chunk(out);
      Writer writer(out);
      write_text(writer, delta.value, open.part.as<chat::Reasoning>() != nullptr, {});
      close_chunk(delta.candidate, out);
      return;
    }
    case Delta::Kind::arguments: open.part.as<chat::ToolCall>()->arguments += delta.value; return;
    case Delta::Kind::data: open.part.as<chat::Media>()->data += delta.value; return;
    case Delta::Kind::signature: signature(open, delta.value, delta.candidate, out); return;
    case Delta::Kind::logprobs: {
      std::string result;
      Writer writer(result);
      write_logprobs(writer, delta.value);
      if (result.empty()) return;
      open_chunk(out);
      Writer text(out);
      write_text(text, {}, false, {});
      close_chunk(delta.candidate, out, result);
      return;
    }
    case Delta::Kind::annotations:  // citations of other dialects have no place here
    case Delta::Kind::opaque: return;
  }
}

// A call's is written with the call. A thought's comes behind its text; one of an empty thought
// belongs to the part before.
void StreamWriter::signature(Lane& open, const std::string& value, std::uint32_t candidate,
                             std::string& out) {
  if (auto* call = open.part.as<chat::ToolCall>()) {
    call->signature.value = value;
    return;
  }
  const auto* thought = open.part.as<chat::Reasoning>();
  if (thought == nullptr || thought->signature.origin != Dialect::gemini || value.empty()) return;
  open_chunk(out);
  Writer writer(out);
  write_text(writer, {}, thought->is_summary || open.has_text, value);
  close_chunk(candidate, out);
}

void StreamWriter::part_end(std::uint32_t candidate, std::string& out) {
  Lane& open = lane(candidate);
  if (open.part.as<chat::ToolCall>()) {
    end_call(open, candidate, out);
  } else if (const auto* media = open.part.as<chat::Media>()) {
    open_chunk(out);
    Writer writer(out);
    write_media(writer, *media, {});
    close_chunk(candidate, out);
  }
  open.part = chat::Part{};
}

void StreamWriter::end_call(Lane& open, std::uint32_t candidate, std::string& out) {
  const chat::ToolCall& call = *open.part.as<chat::ToolCall>();
  const auto args = args_object(call);
  if (!args) {
    open.malformed = malformed_call(call);
    return;
  }
  const bool ours = call.signature.origin == Dialect::gemini;
  open_chunk(out);
  Writer writer(out);
  write_call(writer, call, *args, ours ? std::string_view(call.signature.value) : "");
  close_chunk(candidate, out);
}

void StreamWriter::end(std::string& out) {
  over_ = true;
  frame(out);
  Writer writer(out);
  writer.begin_object();
  writer.array("candidates");
  for (std::size_t i = 0; i < lanes_.size(); ++i) {
    if (lanes_[i].stop) write_end(lanes_[i], i, writer);
  }
  writer.end_array();
  if (usage_) {
    writer.key("usageMetadata");
    write_usage(writer, *usage_);
  }
  tail(writer);
  writer.end_object();
  unframe(out);
  if (framing_ == Framing::array) out += "]";
}

void StreamWriter::write_end(const Lane& lane, std::size_t index, Writer& out) const {
  StopReason reason = lane.stop->reason;
  const bool whole = reason == StopReason::stop || reason == StopReason::tool_calls;
  if (!lane.malformed.empty() && whole) reason = StopReason::malformed;
  out.begin_object();
  out.object("content");
  out.array("parts");
  write_text(out, {}, false, {});  // clients look for a part in every chunk
  out.end_array();
  out.member("role", "model");
  out.end_object();
  out.member("finishReason", finish_reason(reason, lane.stop->native));
  if (!lane.malformed.empty()) out.member("finishMessage", lane.malformed);
  out.member("index", static_cast<std::int64_t>(index));
  out.end_object();
}

void StreamWriter::tail(Writer& out) const {
  if (!model_.empty()) out.member("modelVersion", model_);
  if (!id_.empty()) out.member("responseId", id_);
}

void StreamWriter::open_chunk(std::string& out) {
  frame(out);
  out += R"({"candidates":[{"content":{"parts":[)";
}

void StreamWriter::close_chunk(std::uint32_t candidate, std::string& out,
                               std::string_view logprobs) {
  out += R"(],"role":"model"},"index":)";
  out += std::to_string(candidate);
  if (!logprobs.empty()) out.append(",").append(logprobs);
  out += "}]";
  if (!model_.empty() || !id_.empty()) out += ',';
  Writer rest(out);
  tail(rest);
  out += '}';
  unframe(out);
}

void StreamWriter::frame(std::string& out) {
  const bool first = std::exchange(first_, false);
  if (framing_ == Framing::sse) {
    out += "data: ";
  } else {
    out += first ? "[" : ",\n";
  }
}

void StreamWriter::unframe(std::string& out) {
  if (framing_ == Framing::sse) out += "\n\n";
}

void StreamWriter::keep_alive(std::string& out) {
  if (over_) return;
  out += framing_ == Framing::sse ? "\n\n" : "\n";
}

void StreamWriter::failed(const std::string& body, std::string& out) {
  over_ = true;
  frame(out);
  out += body;
  unframe(out);
  if (framing_ == Framing::array) out += "]";
}

void StreamWriter::fail(const base::Error& error, std::string_view request_id, std::string& out) {
  if (!over_) failed(error_body(error, request_id), out);
}

}  // namespace headgate::llm::gemini
