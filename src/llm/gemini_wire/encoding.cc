#include "llm/gemini_wire/encoding.h"

#include <algorithm>

#include "llm/chat/loss_names.h"

namespace headgate::llm::gemini {
namespace {

bool instructs(const chat::Message& message) {
  return message.role == chat::Role::system || message.role == chat::Role::developer;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// "gemini-2.5-flash" is 25, "gemini-3-pro" 30; 0 where the name does not say.
int generation(std::string_view model) {
  constexpr std::string_view kPrefix = "gemini-";
  const std::size_t at = model.find(kPrefix);
  if (at == std::string_view::npos) return 0;
  model.remove_prefix(at + kPrefix.size());
  if (model.empty() || !is_digit(model[0])) return 0;
  int value = (model[0] - '0') * 10;
  if (model.size() > 1 && is_digit(model[1])) return 990;
  if (model.size() > 2 && model[1] == '.' && is_digit(model[2])) value += model[2] - '0';
  return value;
}

}  // namespace

void Encoding::lose_extras(const chat::Extras& extras, const std::string& where) {
  for (const chat::Extra& extra : extras) {
    if (chat::says_nothing(extra)) continue;
    const bool is_hint = chat::weight_of(extra) == chat::Loss::Weight::hint;
    is_hint ? hint(where + extra.name, "Gemini has no such member")
            : meaning(where + extra.name, "Gemini has no such member");
  }
}

std::string Encoding::word(std::string_view openai, std::string_view responses,
                           std::string_view anthropic, std::string_view gemini) const {
  switch (request.origin) {
    case chat::Dialect::openai_chat: return std::string(openai);
    case chat::Dialect::openai_responses: return std::string(responses);
    case chat::Dialect::anthropic: return std::string(anthropic);
    case chat::Dialect::gemini: break;
  }
  return std::string(gemini);
}

std::size_t Encoding::leading() const {
  const auto& messages = request.messages;
  return static_cast<std::size_t>(std::find_if_not(messages.begin(), messages.end(), instructs) -
                                  messages.begin());
}

std::string Encoding::message(std::size_t index) const {
  const bool inside = request.origin == chat::Dialect::openai_chat;
  const std::size_t before = inside ? 0 : leading();
  if (index < before) return word("", "instructions", "system", "systemInstruction");
  return word("messages", "input", "messages", "contents") + "[" + std::to_string(index - before) +
         "]";
}

std::string Encoding::part(std::size_t message_index, std::size_t part_index) const {
  const std::string_view list = is_native() ? ".parts[" : ".content[";
  return message(message_index) + std::string(list) + std::to_string(part_index) + "]";
}

ModelTraits traits_of(std::string_view model) {
  ModelTraits traits;
  const int number = model.find("gemma") != std::string_view::npos ? 1 : generation(model);
  traits.is_pro = model.find("pro") != std::string_view::npos;
  if (number == 0 || number >= 30) return traits;
  traits.by_level = false;
  traits.checks_signatures = false;
  traits.thinks = number >= 25;
  return traits;
}

}  // namespace headgate::llm::gemini
