// Text for a terminal. Content comes from models and their users, so nothing of it reaches the
// terminal as a control character. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace headgate::telemetry {

struct TextStyle {
  bool colour = false;                  // ANSI escapes
  std::size_t content_bytes_max = 400;  // of a prompt or completion; more is cut and said to be cut
};

/// `text` with control characters, line separators, bidirectional overrides and invalid UTF-8
/// written as escapes, so that printing it moves no cursor and hides nothing.
std::string printable(std::string_view text);

/// At most so many bytes of it, cut where a character ends.
std::string_view cut_text(std::string_view text, std::size_t bytes_max);

inline constexpr std::string_view kBold = "\x1b[1m";
inline constexpr std::string_view kRed = "\x1b[31m";
inline constexpr std::string_view kYellow = "\x1b[33m";
/// In one of these, where the style has colours.
std::string painted(std::string_view text, std::string_view colour, const TextStyle& style);

}  // namespace headgate::telemetry
