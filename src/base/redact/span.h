// What the parts of the redactor share: the piece of text to remove, and the question whether a
// word can begin at a place, which in JSON text must look through escapes. Pure. Internal to
// base/redact.
#pragma once

#include <cstddef>
#include <string_view>

namespace headgate::base::redact {

/// Bytes [begin, end) to be replaced by "[redacted:kind]".
struct Span {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::string_view kind;
  // Backslashes in front of the quotes to put around the replacement, where it stands for a JSON
  // value that is no string; kNoQuotes inside a string.
  int quotes = kNoQuotes;
  bool bare_number =
      false;  // digits that may be a JSON number: quotes are decided when all is known

  static constexpr int kNoQuotes = -1;
};

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_alnum(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
constexpr bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
constexpr bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/// How many backslashes stand right in front of `at`.
inline std::size_t backslashes_before(std::string_view text, std::size_t at) {
  std::size_t count = 0;
  while (count < at && text[at - count - 1] == '\\') ++count;
  return count;
}

/// Whether a token may begin at `at`: not in the middle of a word, nor on the letter of an escape
/// ("\npm_…" is a line break and "pm_…"). The letter of an escape in front of it is no word.
inline bool starts_token(std::string_view text, std::size_t at) {
  if (at == 0) return true;
  const char before = text[at - 1];
  if (before == '\\') return backslashes_before(text, at) % 2 == 0;
  if (!is_alnum(before) && before != '_' && before != '-') return true;
  constexpr std::string_view kEscapes = "nrtbf";
  if (at >= 2 && text[at - 2] == '\\' && kEscapes.find(before) != kEscapes.npos) return true;
  if (at < 6 || text[at - 6] != '\\' || text[at - 5] != 'u') return false;
  return is_hex(text[at - 4]) && is_hex(text[at - 3]) && is_hex(text[at - 2]) && is_hex(before);
}

inline constexpr std::string_view kMarkerLead = "[redacted:";

/// "[redacted:kind]" itself: nothing to do there.
inline bool is_marker(std::string_view text) {
  if (!text.starts_with(kMarkerLead) || !text.ends_with(']')) return false;
  for (const char c : text.substr(kMarkerLead.size(), text.size() - kMarkerLead.size() - 1)) {
    if (!is_alnum(c) && c != '_') return false;
  }
  return true;
}

}  // namespace headgate::base::redact
