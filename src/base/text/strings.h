// Small pure functions on text that several folders need: ASCII case, trimming, numbers, JSON
// quoting.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace headgate::base {

bool iequals(std::string_view a, std::string_view b);  // ASCII, locale-free
std::string_view trim(std::string_view text);          // spaces and tabs
std::string to_lower(std::string_view text);

inline bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }
bool has_control(std::string_view text);  // also a tab or an end of line

/// Decimal digits only, no sign, no overflow.
std::optional<std::uint64_t> parse_u64(std::string_view text);

/// "%2F" to "/"; what is not two hexadecimal digits stays as it is.
std::string percent_decode(std::string_view text);

/// The same back, for one segment of a path: "/" to "%2F".
std::string percent_encode(std::string_view text);

/// Appends `text` as a JSON string with its quotes. Invalid UTF-8 becomes U+FFFD, so the output is
/// always valid JSON.
void append_json_string(std::string& out, std::string_view text);
std::string json_string(std::string_view text);

/// The candidate nearest to `word` by edit distance, if near enough to be what was meant; else
/// empty.
template <class Range>
std::string_view did_you_mean(std::string_view word, const Range& candidates);
std::size_t edit_distance(std::string_view a, std::string_view b);

template <class Range>
std::string_view did_you_mean(std::string_view word, const Range& candidates) {
  std::string_view best;
  std::size_t best_distance = word.size() / 3 + 2;
  for (const auto& candidate : candidates) {
    const std::string_view text = candidate;
    const std::size_t distance = edit_distance(word, text);
    if (distance < best_distance) {
      best = text;
      best_distance = distance;
    }
  }
  return best;
}

}  // namespace headgate::base
