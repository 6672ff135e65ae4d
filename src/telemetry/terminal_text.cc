#include "telemetry/terminal_text.h"

#include <fmt/format.h>

#include <cstdint>

#include "base/text/utf8.h"

namespace headgate::telemetry {
namespace {

constexpr std::string_view kReset = "\x1b[0m";

// Moves the cursor, changes the direction of what follows, or shows nothing at all.
bool deceives(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0xAD || c == 0x61C ||
         (c >= 0x200B && c <= 0x200F) || (c >= 0x2028 && c <= 0x202E) ||
         (c >= 0x2060 && c <= 0x2069) || c == 0xFEFF || (c >= 0xE0000 && c <= 0xE007F);
}

void append_escape(std::string& out, char32_t code) {
  switch (code) {
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    default: break;
  }
  const auto value = static_cast<std::uint32_t>(code);
  out += value < 0x80 ? fmt::format("\\x{:02x}", value) : fmt::format("\\u{{{:x}}}", value);
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const base::DecodedCharacter next = base::decode_utf8(text);
    if (next.bytes == 0) {
      out += fmt::format("\\x{:02x}", static_cast<std::uint8_t>(text.front()));
      text.remove_prefix(1);
      continue;
    }
    if (deceives(next.code)) {
      append_escape(out, next.code);
    } else {
      out += text.substr(0, next.bytes);
    }
    text.remove_prefix(next.bytes);
  }
  return out;
}

std::string painted(std::string_view text, std::string_view colour, const TextStyle& style) {
  if (!style.colour || text.empty()) return std::string(text);
  return fmt::format("{}{}{}", colour, text, kReset);
}

}  // namespace headgate::telemetry
