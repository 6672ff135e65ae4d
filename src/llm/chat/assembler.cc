#include "llm/chat/assembler.h"

#include <algorithm>
#include <utility>

namespace headgate::llm::chat {
namespace {

constexpr std::string_view kBlank = " \t\r\n";

// "[1]" and "2" make "[1,2]".
void add_element(std::string& array, std::string_view element) {
  if (array.empty()) {
    array = "[";
  } else {
    array.back() = ',';
  }
  array += element;
  array += ']';
}

// "[1]" and "[2]" make "[1,2]".
void join_arrays(std::string& array, std::string_view more) {
  if (array.empty()) {
    array = more;
    return;
  }
  array.back() = ',';
  array += more.substr(1);
}

bool is_empty_array(std::string_view json) {
  return json.starts_with('[') && json.find_first_not_of(kBlank, 1) == json.size() - 1;
}

// How much of `text` fits, without cutting a character.
std::size_t whole_prefix(std::string_view text, std::size_t room) {
  if (text.size() <= room) return text.size();
  while (room > 0 && (text[room] & '\xC0') == '\x80') --room;
  return room;
}

// What PartBegin says of a part whose content follows in deltas.
Part without_content(const Part& part) {
  Part seed = part;
  if (auto* text = seed.as<Text>()) *text = Text{};
  if (auto* refusal = seed.as<Refusal>()) refusal->text.clear();
  if (auto* media = seed.as<Media>()) media->data.clear();
  if (auto* call = seed.as<ToolCall>()) {
    call->arguments.clear();
    call->signature.value.clear();
  }
  if (auto* reasoning = seed.as<Reasoning>(); reasoning && !reasoning->redacted) {
    reasoning->text.clear();
    reasoning->signature.value.clear();
  }
  return seed;
}

// The content of a part, as deltas.
void explode_part(const Part& part, std::uint32_t candidate, std::uint32_t index,
                  const std::function<void(const Event&)>& emit) {
  const auto delta = [&](Delta::Kind kind, const std::string& value) {
    if (!value.empty()) emit(Delta{candidate, index, kind, value});
  };
  if (const auto* text = part.as<Text>()) {
    delta(Delta::Kind::text, text->text);
    delta(Delta::Kind::annotations, text->annotations);
  }
  if (const auto* refusal = part.as<Refusal>()) delta(Delta::Kind::text, refusal->text);
  if (const auto* media = part.as<Media>()) delta(Delta::Kind::data, media->data);
  if (const auto* call = part.as<ToolCall>()) {
    // First: clients that read a call's signature look for it where the call begins.
    delta(Delta::Kind::signature, call->signature.value);
    delta(Delta::Kind::arguments, call->arguments);
  }
  if (const auto* reasoning = part.as<Reasoning>(); reasoning && !reasoning->redacted) {
    delta(Delta::Kind::text, reasoning->text);
    delta(Delta::Kind::signature, reasoning->signature.value);
  }
}

void explode_candidate(const Candidate& candidate, std::uint32_t c,
                       const std::function<void(const Event&)>& emit) {
  std::uint32_t index = 0;
  bool logprobs_due = !candidate.logprobs.empty();
  for (const Part& part : candidate.parts) {
    emit(PartBegin{c, index, without_content(part)});
    explode_part(part, c, index, emit);
    if (logprobs_due && (part.as<Text>() || part.as<Refusal>())) {
      emit(Delta{c, index, Delta::Kind::logprobs, candidate.logprobs});
      logprobs_due = false;
    }
    emit(PartEnd{c, index});
    ++index;
  }
  emit(Stop{c, candidate.stop == StopReason::none ? StopReason::other : candidate.stop,
            candidate.stop_native, candidate.stop_sequence});
}

}  // namespace

Candidate& Assembler::candidate(std::uint32_t index) {
  if (index >= answer_.candidates.size()) answer_.candidates.resize(index + std::size_t{1});
  return answer_.candidates[index];
}

void Assembler::gather(std::string& out, std::string_view piece) {
  const std::size_t kept = cut_bytes_ > 0 ? 0 : whole_prefix(piece, bytes_max_ - bytes_);
  out += piece.substr(0, kept);
  bytes_ += kept;
  cut_bytes_ += piece.size() - kept;
}

void Assembler::gather_array(std::string& array, std::string_view piece) {
  if (is_empty_array(piece)) return;
  if (cut_bytes_ > 0 || piece.size() > bytes_max_ - bytes_) {
    cut_bytes_ += piece.size();
    return;
  }
  bytes_ += piece.size();
  if (piece.starts_with('[')) {
    join_arrays(array, piece);
  } else {
    add_element(array, piece);
  }
}

void Assembler::add(const Event& event) {
  if (const auto* begin = std::get_if<Begin>(&event)) {
    answer_.id = begin->id;
    answer_.model = begin->model;
    answer_.created_s = begin->created_s;
  } else if (const auto* part = std::get_if<PartBegin>(&event)) {
    candidate(part->candidate).parts.push_back(part->part);
    has_content_ = has_content_ || part->part.as<ToolCall>() != nullptr;
  } else if (const auto* delta = std::get_if<Delta>(&event)) {
    append(*delta);
  } else if (const auto* stop = std::get_if<Stop>(&event)) {
    Candidate& ended = candidate(stop->candidate);
    ended.stop = stop->reason;
    ended.stop_native = stop->native;
    ended.stop_sequence = stop->sequence;
  } else if (const auto* seen = std::get_if<UsageSeen>(&event)) {
    answer_.usage = seen->usage;
  } else if (const auto* failed = std::get_if<Failed>(&event)) {
    error_ = failed->error;
    ended_ = true;
  } else if (std::holds_alternative<End>(event)) {
    ended_ = true;
  }
}

void Assembler::append(const Delta& delta) {
  Candidate& of = candidate(delta.candidate);
  Part& part = of.parts[delta.index];
  has_content_ = has_content_ || (!delta.value.empty() && delta.kind != Delta::Kind::signature);
  switch (delta.kind) {
    case Delta::Kind::text:
      if (auto* text = part.as<Text>()) gather(text->text, delta.value);
      if (auto* refusal = part.as<Refusal>()) gather(refusal->text, delta.value);
      if (auto* reasoning = part.as<Reasoning>()) gather(reasoning->text, delta.value);
      break;
    case Delta::Kind::arguments: gather(part.as<ToolCall>()->arguments, delta.value); break;
    case Delta::Kind::signature:
      if (auto* reasoning = part.as<Reasoning>()) reasoning->signature.value = delta.value;
      if (auto* call = part.as<ToolCall>()) call->signature.value = delta.value;
      break;
    case Delta::Kind::annotations: gather_array(part.as<Text>()->annotations, delta.value); break;
    case Delta::Kind::logprobs: gather_array(of.logprobs, delta.value); break;
    case Delta::Kind::data: gather(part.as<Media>()->data, delta.value); break;
    case Delta::Kind::opaque: gather_array(part.as<Opaque>()->json, delta.value); break;
  }
}

void explode(const Answer& answer, const std::function<void(const Event&)>& emit) {
  emit(Begin{answer.id, answer.model, answer.created_s});
  for (std::uint32_t c = 0; c < answer.candidates.size(); ++c) {
    explode_candidate(answer.candidates[c], c, emit);
  }
  if (answer.candidates.empty()) emit(Stop{0, StopReason::other, {}, {}});
  if (answer.usage) emit(UsageSeen{*answer.usage});
  emit(End{});
}

}  // namespace headgate::llm::chat
