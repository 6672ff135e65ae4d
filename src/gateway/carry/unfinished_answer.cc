#include "gateway/carry/unfinished_answer.h"

#include <algorithm>

#include "llm/chat/assembler.h"

namespace headgate::gateway {

namespace chat = llm::chat;

namespace {

bool is_end(const chat::Event& event) {
  return std::holds_alternative<chat::Stop>(event) || std::holds_alternative<chat::End>(event) ||
         std::holds_alternative<chat::UsageSeen>(event);
}

}  // namespace

std::uint32_t UnfinishedAnswer::parts() const {
  return answer.candidates.empty() ? 0
                                   : static_cast<std::uint32_t>(answer.candidates[0].parts.size());
}

void UnfinishedAnswer::replay(const std::function<void(const chat::Event&)>& emit) const {
  chat::explode(answer, [&](const chat::Event& event) {
    if (is_end(event)) return;
    const auto* ended = std::get_if<chat::PartEnd>(&event);
    if (ended != nullptr && part_open && ended->index + 1 == parts()) return;
    emit(event);
  });
}

bool UnfinishedAnswer::is_visible() const {
  if (answer.candidates.empty()) return false;
  const auto& list = answer.candidates[0].parts;
  return std::any_of(list.begin(), list.end(), [](const chat::Part& part) {
    const auto* text = part.as<chat::Text>();
    return text != nullptr ? !text->text.empty() : part.as<chat::Reasoning>() == nullptr;
  });
}

std::optional<std::string> UnfinishedAnswer::text() const {
  std::string out;
  if (answer.candidates.empty()) return out;
  for (const chat::Part& part : answer.candidates[0].parts) {
    if (const auto* text = part.as<chat::Text>()) {
      if (!text->annotations.empty()) return std::nullopt;
      out += text->text;
    } else if (part.as<chat::Reasoning>() == nullptr) {
      return std::nullopt;
    }
  }
  return out;
}

bool can_be_continued(const chat::Answer& answer) {
  if (answer.candidates.empty()) return true;
  const auto& parts = answer.candidates[0].parts;
  return answer.candidates.size() == 1 && answer.candidates[0].stop == chat::StopReason::none &&
         std::all_of(parts.begin(), parts.end(), [](const chat::Part& part) {
           return part.as<chat::Text>() != nullptr || part.as<chat::Reasoning>() != nullptr;
         });
}

}  // namespace headgate::gateway
