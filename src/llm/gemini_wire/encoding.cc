#include "llm/gemini_wire/encoding.h"

namespace headgate::llm::gemini {
namespace {

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
    losses.push_back({where + extra.name, "Gemini has no such member", chat::weight_of(extra)});
  }
}

ModelTraits traits_of(std::string_view model) {
  ModelTraits traits;
  const int number = model.find("gemma") != std::string_view::npos ? 1 : generation(model);
  traits.is_pro = model.find("pro") != std::string_view::npos;
  if (number == 0 || number >= 30) return traits;
  traits.by_level = false;
  traits.checks_signatures = false;
  traits.media_in_results = false;
  traits.thinks = number >= 25;
  return traits;
}

}  // namespace headgate::llm::gemini
