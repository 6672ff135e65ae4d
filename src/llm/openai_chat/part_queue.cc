#include "llm/openai_chat/part_queue.h"

#include <algorithm>
#include <utility>

namespace headgate::llm::openai_chat {

using base::Errc;
using base::Result;
using chat::Delta;
using chat::Events;
using chat::Part;

namespace {

base::Error malformed(std::string_view what) {
  return base::fail(Errc::upstream_malformed,
                    "the provider's stream makes no sense: " + std::string(what));
}

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

bool has_arguments(const openai::CallDelta& delta) {
  return !delta.arguments.empty() || !delta.arguments_json.empty();
}

std::string arguments_of(const openai::CallDelta& delta) {
  return delta.arguments_json.empty() ? delta.arguments.decode()
                                      : std::string(delta.arguments_json);
}

}  // namespace

void JsonEnd::feed(std::string_view json) {
  for (const char c : json) {
    if (in_string_) {
      if (escaped_) {
        escaped_ = false;
      } else if (c == '\\') {
        escaped_ = true;
      } else if (c == '"') {
        in_string_ = false;
      }
    } else if (c == '"') {
      in_string_ = true;
    } else if (c == '{' || c == '[') {
      ++depth_;
      begun_ = true;
    } else if (c == '}' || c == ']') {
      --depth_;
    }
  }
}

Result<void> PartQueue::push(Part seed) {
  if (++parts_ > limits_.parts_max) {
    return malformed("more than " + std::to_string(limits_.parts_max) + " parts");
  }
  said_.text = said_.text || seed.as<chat::Text>();
  said_.refusal = said_.refusal || seed.as<chat::Refusal>();
  said_.calls = said_.calls || seed.as<chat::ToolCall>();
  slots_.emplace_back().seed = std::move(seed);
  return {};
}

// Said at once by the open part, held back for one whose turn has not come.
Result<void> PartQueue::add(Slot& slot, Delta::Kind kind, std::string value, Events& out) {
  if (slot.begun) {
    out.push_back(Delta{candidate_, next_index_ - 1, kind, std::move(value)});
    return {};
  }
  held_bytes_ += value.size() + sizeof(Piece);
  if (held_bytes_ > limits_.held_bytes_max) {
    return base::fail(Errc::upstream_too_large,
                      "the provider's stream mixes its parts, and more than " +
                          std::to_string(limits_.held_bytes_max) + " bytes had to wait");
  }
  const bool joins = kind == Delta::Kind::text || kind == Delta::Kind::arguments;
  if (joins && !slot.held.empty() && slot.held.back().kind == kind) {
    slot.held.back().value += value;
  } else {
    slot.held.push_back({kind, std::move(value)});
  }
  return {};
}

void PartQueue::begin(Slot& slot, Events& out) {
  slot.begun = true;
  out.push_back(chat::PartBegin{candidate_, next_index_++, slot.seed});
  for (Piece& piece : slot.held) {
    held_bytes_ -= std::min(held_bytes_, piece.value.size() + sizeof(Piece));
    out.push_back(Delta{candidate_, next_index_ - 1, piece.kind, std::move(piece.value)});
  }
  slot.held.clear();
}

void PartQueue::end_front(Events& out) {
  out.push_back(chat::PartEnd{candidate_, next_index_ - 1});
  if (slots_.front().seed.as<chat::ToolCall>()) ended_calls_.push_back(std::move(slots_.front()));
  slots_.pop_front();
}

// Of a call more may come, until its arguments are whole.
bool PartQueue::may_end(const Slot& slot) const {
  const auto* call = slot.seed.as<chat::ToolCall>();
  return call == nullptr || (!call->custom && slot.end.reached());
}

// Opens the first part, and the next as long as the first may end.
Result<void> PartQueue::advance(Events& out) {
  while (!slots_.empty()) {
    Slot& front = slots_.front();
    const auto* call = front.seed.as<chat::ToolCall>();
    if (!front.begun && call != nullptr && call->name.empty()) return {};  // it is still to come
    if (!front.begun) begin(front, out);
    if (slots_.size() == 1 || !may_end(front)) return {};
    end_front(out);
  }
  return {};
}

Result<void> PartQueue::text(const Part& seed, std::string value, Events& out) {
  if (value.empty()) return {};
  if (slots_.empty() || slots_.back().seed.value.index() != seed.value.index()) {
    if (auto pushed = push(seed); !pushed) return pushed;
    if (auto moved = advance(out); !moved) return moved;
  }
  return add(slots_.back(), Delta::Kind::text, std::move(value), out);
}

Result<void> PartQueue::about_text(Delta::Kind kind, std::string_view json, Events& out) {
  const auto is_text = [](const Part& part) {
    return part.as<chat::Text>() || part.as<chat::Refusal>();
  };
  const bool citations = kind == Delta::Kind::annotations;
  const bool last = !slots_.empty() && (citations ? slots_.back().seed.as<chat::Text>() != nullptr
                                                  : is_text(slots_.back().seed));
  if (last) return add(slots_.back(), kind, std::string(json), out);
  if (!citations) return {};  // of tokens that are no text: no part has a place for them
  if (auto pushed = push(chat::text_part({})); !pushed) return pushed;
  if (auto moved = advance(out); !moved) return moved;
  return add(slots_.back(), kind, std::string(json), out);
}

Result<void> PartQueue::audio(std::string id, std::string data, Events& out) {
  const auto* open = slots_.empty() ? nullptr : slots_.back().seed.as<chat::Media>();
  if (open == nullptr || open->kind != chat::MediaKind::audio) {
    chat::Media media;
    media.kind = chat::MediaKind::audio;
    media.file_id = std::move(id);
    if (auto pushed = push(Part{std::move(media), {}, {}}); !pushed) return pushed;
    if (auto moved = advance(out); !moved) return moved;
  }
  return data.empty() ? Result<void>()
                      : add(slots_.back(), Delta::Kind::data, std::move(data), out);
}

Result<void> PartQueue::whole(Part part, Events& out) {
  std::string data;
  if (auto* media = part.as<chat::Media>()) data = std::exchange(media->data, {});
  std::string said;
  if (auto* piece = part.as<chat::Text>()) said = std::exchange(piece->text, {});
  if (auto* refusal = part.as<chat::Refusal>()) said = std::exchange(refusal->text, {});
  if (!said.empty()) return text(part, std::move(said), out);
  if (auto pushed = push(std::move(part)); !pushed) return pushed;
  if (auto moved = advance(out); !moved || data.empty()) return moved;
  return add(slots_.back(), Delta::Kind::data, std::move(data), out);
}

// The call a fragment belongs to. Another id is another call, whatever the index says; and so is
// another name, or the same again with arguments, once the arguments before are whole.
PartQueue::Slot* PartQueue::slot_of(const openai::CallDelta& delta) {
  const auto is_it = [&](const Slot& slot) {
    const auto* call = slot.seed.as<chat::ToolCall>();
    if (call == nullptr) return false;
    if (delta.index && *delta.index != slot.wire_index) return false;
    if (!delta.id.empty() && !slot.wire_id.empty()) return equals(delta.id, slot.wire_id);
    if (!delta.id.empty() || delta.name.empty() || call->name.empty()) return true;
    return equals(delta.name, call->name) && !(slot.end.reached() && has_arguments(delta));
  };
  const auto found = std::find_if(slots_.rbegin(), slots_.rend(), is_it);
  return found == slots_.rend() ? nullptr : &*found;
}

// A call that has ended and that a fragment would belong to.
const PartQueue::Slot* PartQueue::ended_call(const openai::CallDelta& delta) const {
  const auto is_it = [&](const Slot& slot) {
    if (delta.index && *delta.index != slot.wire_index) return false;
    return delta.id.empty() ? delta.name.empty() : equals(delta.id, slot.wire_id);
  };
  const auto found = std::find_if(ended_calls_.rbegin(), ended_calls_.rend(), is_it);
  return found == ended_calls_.rend() ? nullptr : &*found;
}

Result<void> PartQueue::new_call(const openai::CallDelta& delta, std::string_view answer_id) {
  chat::ToolCall call;
  call.id = delta.id.empty() ? made_up_call_id(answer_id, candidate_, calls_) : delta.id.decode();
  call.custom = delta.custom;
  call.signature.origin = chat::Dialect::gemini;  // the only one that this dialect can carry
  if (auto pushed = push(Part{std::move(call), {}, {}}); !pushed) return pushed;
  slots_.back().wire_index = delta.index.value_or(static_cast<std::int64_t>(calls_));
  slots_.back().wire_id = delta.id.decode();
  ++calls_;
  return {};
}

Result<void> PartQueue::call(const openai::CallDelta& delta, std::string_view answer_id,
                             Events& out) {
  std::string arguments = arguments_of(delta);
  Slot* slot = slot_of(delta);
  if (slot == nullptr && ended_call(delta) != nullptr) {
    if (is_blank(arguments)) return {};
    return malformed("arguments for a tool call that was whole");
  }
  if (slot == nullptr) {
    if (auto added = new_call(delta, answer_id); !added) return added;
    slot = &slots_.back();
  }
  auto& call = *slot->seed.as<chat::ToolCall>();
  if (call.name.empty()) call.name = delta.name.decode();
  if (slot->wire_id.empty()) slot->wire_id = delta.id.decode();
  if (!slot->begun) call.custom = call.custom || delta.custom;
  slot->end.feed(arguments);
  if (!delta.signature.empty() && !std::exchange(slot->has_signature, true)) {
    auto signed_ = add(*slot, Delta::Kind::signature, delta.signature.decode(), out);
    if (!signed_) return signed_;
  }
  if (!arguments.empty()) {
    auto added = add(*slot, Delta::Kind::arguments, std::move(arguments), out);
    if (!added) return added;
  }
  return advance(out);
}

Result<void> PartQueue::close(Events& out) {
  while (!slots_.empty()) {
    Slot& front = slots_.front();
    const auto* call = front.seed.as<chat::ToolCall>();
    if (call != nullptr && call->name.empty()) return malformed("a tool call without a name");
    if (!front.begun) begin(front, out);
    end_front(out);
  }
  return {};
}

}  // namespace headgate::llm::openai_chat
