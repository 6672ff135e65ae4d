// A JSON string as it stands in the text, and its decoding when somebody wants it: most strings
// have no escape and are used in place. Pure functions; views live as long as the text they point
// into.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace headgate::base::json {

/// The bytes between the quotes of a JSON string that a Cursor has validated.
struct Text {
  std::string_view raw;
  bool escaped = false;  // raw holds at least one backslash

  bool empty() const { return raw.empty(); }
  std::string decode() const;
};

/// Appends what `text` says to `out`, at most `bytes_max` bytes, never cutting a UTF-8 sequence.
/// Returns false when it had to cut. A lone surrogate becomes U+FFFD.
/// REQUIRES: text comes from a Cursor (valid escapes, valid UTF-8).
bool append(std::string& out, const Text& text, std::size_t bytes_max = std::string::npos);

/// Whether `text` says exactly `plain`.
bool equals(const Text& text, std::string_view plain);

}  // namespace headgate::base::json
