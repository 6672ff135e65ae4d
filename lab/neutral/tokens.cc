#include "lab/neutral/tokens.h"

#include <algorithm>

namespace headgate::lab {
namespace {

enum class Class { letter, digit, single };

constexpr std::size_t kLettersMax = 6;
constexpr std::size_t kDigitsMax = 3;

std::size_t sequence_length(unsigned char lead) {
  if (lead < 0xC0) return 1;
  if (lead < 0xE0) return 2;
  return lead < 0xF0 ? 3 : 4;
}

/// Two-byte sequences are the alphabets of Europe and the Middle East; longer ones mostly syllables
/// and ideographs, which take about a token each.
Class class_of(unsigned char lead) {
  if (lead >= '0' && lead <= '9') return Class::digit;
  const unsigned char lower = lead | 0x20;
  if (lower >= 'a' && lower <= 'z' && lead < 0x80) return Class::letter;
  return sequence_length(lead) == 2 ? Class::letter : Class::single;
}

/// Length of the first token of `text`, which is not empty.
std::size_t first_token(std::string_view text) {
  const auto lead = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  std::size_t at = text[0] == ' ' && text.size() > 1 && text[1] != ' ' ? 1 : 0;
  const Class kind = class_of(lead(at));
  const std::size_t count_max = kind == Class::letter  ? kLettersMax
                                : kind == Class::digit ? kDigitsMax
                                                       : 1;
  for (std::size_t n = 0; n < count_max && at < text.size() && class_of(lead(at)) == kind; ++n) {
    at = std::min(at + sequence_length(lead(at)), text.size());
  }
  return at;
}

template <class Each>
void split(std::string_view text, Each each) {
  while (!text.empty()) {
    const std::size_t length = first_token(text);
    each(text.substr(0, length));
    text.remove_prefix(length);
  }
}

}  // namespace

std::vector<std::string_view> tokenize(std::string_view text) {
  std::vector<std::string_view> tokens;
  split(text, [&](std::string_view token) { tokens.push_back(token); });
  return tokens;
}

std::int64_t count_tokens(std::string_view text) {
  std::int64_t count = 0;
  split(text, [&](std::string_view) { ++count; });
  return count;
}

}  // namespace headgate::lab
