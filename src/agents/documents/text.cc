#include "agents/documents/text.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text/utf8.h"

namespace headgate::agents::knowledge {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

bool is_utf16(std::string_view bytes) {
  return bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF");
}

// The column of the first byte that belongs to no character; 0: there is none.
std::size_t invalid_column(std::string_view line) {
  if (base::is_utf8(line)) return 0;
  std::size_t at = 0;
  while (at < line.size()) {
    const std::size_t bytes = base::decode_utf8(line.substr(at)).bytes;
    if (bytes == 0) break;
    at += bytes;
  }
  return at + 1;
}

// No character of UTF-8 has a line break in it, so that lines can be looked at one by one.
base::Error not_utf8(std::string_view path, std::string_view text) {
  Lines lines(text);
  for (std::string_view line; lines.next(line);) {
    const std::size_t column = invalid_column(line);
    if (column == 0) continue;
    const auto byte = column <= line.size() ? static_cast<unsigned char>(line[column - 1]) : 0U;
    return located(path, lines.number(), column,
                   fmt::format("byte 0x{:02x} is not UTF-8; save the file as UTF-8", byte));
  }
  return located(path, 1, 0, "is not UTF-8; save the file as UTF-8");
}

}  // namespace

base::Result<std::string> clean_text(std::string_view path, std::string_view bytes) {
  if (is_utf16(bytes)) return located(path, 1, 1, "is UTF-16; save the file as UTF-8");
  if (bytes.starts_with(kByteOrderMark)) bytes.remove_prefix(kByteOrderMark.size());
  const auto nul = bytes.find('\0');
  if (nul != std::string_view::npos) {
    const std::string_view before = bytes.substr(0, nul);
    const auto line = static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n')) + 1;
    const std::size_t column = nul - (before.rfind('\n') + 1) + 1;  // npos + 1 is 0
    return located(path, line, column, "a NUL byte: this is no text file");
  }
  if (!base::is_utf8(bytes)) return not_utf8(path, bytes);
  std::string out;
  out.reserve(bytes.size());
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (bytes[i] != '\r') {
      out += bytes[i];
    } else if (i + 1 == bytes.size() || bytes[i + 1] != '\n') {
      out += '\n';
    }
  }
  return out;
}

bool Lines::next(std::string_view& line) {
  if (rest_.empty()) return false;
  const auto end = rest_.find('\n');
  line = rest_.substr(0, end);
  rest_ = end == std::string_view::npos ? std::string_view() : rest_.substr(end + 1);
  ++number_;
  return true;
}

std::string_view stripped(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\n\r\f\v";
  const auto begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

std::string one_line(std::string_view text) {
  std::string out;
  bool gap = false;
  for (const char c : text) {
    if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7F) {
      gap = !out.empty();
      continue;
    }
    if (gap) out += ' ';
    gap = false;
    out += c;
  }
  return out;
}

}  // namespace headgate::agents::knowledge
