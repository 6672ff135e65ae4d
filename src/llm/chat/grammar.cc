#include "llm/chat/grammar.h"

#include <algorithm>
#include <utility>

namespace headgate::llm::chat {
namespace {

bool fits(Delta::Kind kind, std::size_t part) {
  const auto is = [part](auto alternative) {
    using Alternative = decltype(alternative);
    return Part{Alternative{}, {}, {}}.value.index() == part;
  };
  switch (kind) {
    case Delta::Kind::text: return is(Text{}) || is(Refusal{}) || is(Reasoning{});
    case Delta::Kind::arguments: return is(ToolCall{});
    case Delta::Kind::signature: return is(Reasoning{}) || is(ToolCall{});
    case Delta::Kind::annotations: return is(Text{});
    case Delta::Kind::logprobs: return is(Text{}) || is(Refusal{});
    case Delta::Kind::data: return is(Media{});
    case Delta::Kind::opaque: return is(Opaque{});
  }
  return false;
}

bool has_content(const Part& part) {
  if (const auto* text = part.as<Text>()) return !text->text.empty();
  if (const auto* refusal = part.as<Refusal>()) return !refusal->text.empty();
  if (const auto* reasoning = part.as<Reasoning>()) return !reasoning->text.empty();
  if (const auto* call = part.as<ToolCall>()) return !call->arguments.empty();
  const auto* media = part.as<Media>();
  return media != nullptr && !media->data.empty();
}

}  // namespace

std::string Grammar::take(const Event& event) {
  if (broken_) return "an event after a mistake";
  std::string wrong = ended_ ? "an event after the end" : wrong_with(event);
  broken_ = !wrong.empty();
  return wrong;
}

std::string Grammar::wrong_with(const Event& event) {
  if (std::holds_alternative<Failed>(event)) {
    ended_ = true;
    return {};
  }
  if (std::holds_alternative<Begin>(event)) {
    if (begun_) return "a second Begin";
    begun_ = true;
    return {};
  }
  if (!begun_) return "an event before Begin";
  if (const auto* begin = std::get_if<PartBegin>(&event)) return part_begins(*begin);
  if (const auto* piece = std::get_if<Delta>(&event)) return delta(*piece);
  if (const auto* end = std::get_if<PartEnd>(&event)) return part_ends(*end);
  if (const auto* stop = std::get_if<Stop>(&event)) return stops(*stop);
  if (std::holds_alternative<UsageSeen>(event)) return {};
  ended_ =
      !candidates_.empty() && std::all_of(candidates_.begin(), candidates_.end(),
                                          [](const auto& entry) { return entry.second.stopped; });
  return ended_ ? std::string() : "an End without every Stop";
}

std::string Grammar::part_begins(const PartBegin& begin) {
  auto& state = candidates_[begin.candidate];
  if (state.stopped) return "a part after its candidate's Stop";
  if (state.open) return "a part while another is open";
  if (begin.index != state.next_index) return "a part out of order";
  if (const auto* call = begin.part.as<ToolCall>(); call && call->id.empty()) {
    return "a tool call without an id";
  }
  if (has_content(begin.part)) return "a part that begins with content";
  state.open = true;
  state.has_signature = false;
  state.kind = begin.part.value.index();
  ++state.next_index;
  return {};
}

std::string Grammar::part_ends(const PartEnd& end) {
  auto& state = candidates_[end.candidate];
  if (!state.open || end.index + 1 != state.next_index) return "an end of a part that is not open";
  state.open = false;
  return {};
}

std::string Grammar::stops(const Stop& stop) {
  auto& state = candidates_[stop.candidate];
  if (state.open) return "a Stop while a part is open";
  if (state.stopped) return "a second Stop";
  if (stop.reason == StopReason::none) return "a Stop without a reason";
  state.stopped = true;
  return {};
}

std::string Grammar::delta(const Delta& delta) {
  auto& state = candidates_[delta.candidate];
  if (!state.open || delta.index + 1 != state.next_index) {
    return "a delta of a part that is not open";
  }
  if (!fits(delta.kind, state.kind)) return "a delta that does not fit its part";
  if (delta.kind != Delta::Kind::signature) return {};
  return std::exchange(state.has_signature, true) ? "a second signature" : std::string();
}

}  // namespace headgate::llm::chat
