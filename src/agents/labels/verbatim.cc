#include "agents/labels/verbatim.h"

#include <algorithm>

#include "base/text/utf8.h"

namespace headgate::agents {

namespace {

constexpr std::size_t kJoiningMax = 64;  // characters between two words that may make them one

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// What makes one word of two when it stands between them.
bool joins(char c) {
  return std::string_view("-._@/+%:,'~#=&?\\").find(c) != std::string_view::npos;
}

// Letters of all scripts; of what is not ASCII, only signs of money and common punctuation are
// none.
bool is_word(char32_t c) {
  if (c < 0x80) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  }
  const bool is_sign = (c >= 0xA0 && c <= 0xBF) || (c >= 0x2010 && c <= 0x203A) ||
                       (c >= 0x20A0 && c <= 0x20CF) || (c >= 0x3000 && c <= 0x303F);
  return !is_sign;
}

bool begins_with_word(std::string_view text) {
  if (text.empty()) return false;
  const base::DecodedCharacter next = base::decode_utf8(text);
  return next.bytes == 0 || is_word(next.code);
}

bool ends_with_word(std::string_view text) {
  if (text.empty()) return false;
  std::size_t at = text.size() - 1;
  while (at > 0 && text.size() - at < 4 && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) {
    --at;
  }
  const base::DecodedCharacter last = base::decode_utf8(text.substr(at));
  return last.bytes != text.size() - at || is_word(last.code);
}

// "ACC-7." ends a sentence; "ACC-7.example" goes on. "to: ACC-7" and "to:ACC-7" name what follows.
bool ends_at(std::string_view text, std::size_t end) {
  std::string_view rest = text.substr(end);
  std::size_t passed = 0;
  for (; !rest.empty() && joins(rest.front()) && passed < kJoiningMax; ++passed) {
    rest.remove_prefix(1);
  }
  return passed < kJoiningMax && !begins_with_word(rest);
}

bool begins_at(std::string_view text, std::size_t begin) {
  std::string_view before = text.substr(0, begin);
  if (before.ends_with(':') || before.ends_with('=')) return true;
  std::size_t passed = 0;
  for (; !before.empty() && joins(before.back()) && passed < kJoiningMax; ++passed) {
    before.remove_suffix(1);
  }
  return passed < kJoiningMax && !ends_with_word(before);
}

// A value may itself begin or end with what is no part of a word: "(x)".
bool is_whole(std::string_view text, std::size_t begin, std::size_t size) {
  return begins_at(text, begin) && ends_at(text, begin + size);
}

std::size_t number_end(std::string_view text, std::size_t at) {
  while (at < text.size() && is_digit(text[at])) ++at;
  const bool has_fraction = at + 1 < text.size() && text[at] == '.' && is_digit(text[at + 1]);
  if (!has_fraction) return at;
  ++at;
  while (at < text.size() && is_digit(text[at])) ++at;
  return at;
}

}  // namespace

bool says_text(std::string_view text, std::string_view value) {
  if (value.size() > kVerbatimBytesMax) return false;
  for (std::size_t at = text.find(value); at != std::string_view::npos;
       at = text.find(value, at + 1)) {
    if (is_whole(text, at, value.size())) return true;
  }
  return false;
}

bool says_number(std::string_view text, const rules::Decimal& value) {
  for (std::size_t at = 0; at < text.size();) {
    if (!is_digit(text[at])) {
      ++at;
      continue;
    }
    const std::size_t end = number_end(text, at);
    const bool is_negative = at > 0 && text[at - 1] == '-';
    const std::size_t begin = is_negative ? at - 1 : at;
    const auto said = rules::Decimal::parse(text.substr(begin, end - begin));
    if (said && *said == value && is_whole(text, begin, end - begin)) return true;
    at = end;
  }
  return false;
}

}  // namespace headgate::agents
