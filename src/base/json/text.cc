#include "base/json/text.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "base/json/scan.h"

namespace headgate::base::json {
namespace {

constexpr std::uint32_t kReplacement = 0xFFFD;

std::uint32_t hex4(std::string_view digits) {
  std::uint32_t value = 0;
  for (const char c : digits.substr(0, 4)) {
    const auto digit = static_cast<std::uint32_t>(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    value = value << 4 | digit;
  }
  return value;
}

std::size_t put_utf8(std::uint32_t code, char (&utf8)[4]) {
  const auto tail = [&](int shift) { return static_cast<char>(0x80 | (code >> shift & 0x3F)); };
  if (code < 0x80) {
    utf8[0] = static_cast<char>(code);
    return 1;
  }
  if (code < 0x800) {
    utf8[0] = static_cast<char>(0xC0 | code >> 6);
    utf8[1] = tail(0);
    return 2;
  }
  if (code < 0x10000) {
    utf8[0] = static_cast<char>(0xE0 | code >> 12);
    utf8[1] = tail(6);
    utf8[2] = tail(0);
    return 3;
  }
  utf8[0] = static_cast<char>(0xF0 | code >> 18);
  utf8[1] = tail(12);
  utf8[2] = tail(6);
  utf8[3] = tail(0);
  return 4;
}

constexpr bool is_high(std::uint32_t code) { return code >= 0xD800 && code < 0xDC00; }
constexpr bool is_low(std::uint32_t code) { return code >= 0xDC00 && code < 0xE000; }

// How much of `text` fits into `bytes_max` without cutting a sequence.
std::size_t whole_prefix(std::string_view text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return text.size();
  while (bytes_max > 0 && (text[bytes_max] & '\xC0') == '\x80') --bytes_max;
  return bytes_max;
}

// Calls `plain(view)` for what stands for itself and for each decoded escape, until one returns
// false.
template <class Put>
bool decode_to(const Text& text, Put put) {
  std::string_view rest = text.raw;
  while (!rest.empty()) {
    const auto* escape =
        static_cast<const char*>(std::memchr(rest.data(), '\\', text.escaped ? rest.size() : 0));
    const std::size_t plain =
        escape == nullptr ? rest.size() : static_cast<std::size_t>(escape - rest.data());
    if (plain > 0 && !put(rest.substr(0, plain))) return false;
    rest.remove_prefix(plain);
    if (rest.empty()) break;
    char utf8[4];
    std::size_t size = 0;
    const std::size_t used = decode_escape(rest, utf8, size);
    if (!put(std::string_view(utf8, size))) return false;
    rest.remove_prefix(used);
  }
  return true;
}

}  // namespace

std::size_t decode_escape(std::string_view raw, char (&utf8)[4], std::size_t& size) {
  size = 1;
  switch (raw[1]) {
    case 'b': utf8[0] = '\b'; return 2;
    case 'f': utf8[0] = '\f'; return 2;
    case 'n': utf8[0] = '\n'; return 2;
    case 'r': utf8[0] = '\r'; return 2;
    case 't': utf8[0] = '\t'; return 2;
    case 'u': break;
    default: utf8[0] = raw[1]; return 2;
  }
  std::size_t used = 6;
  std::uint32_t code = hex4(raw.substr(2));
  if (is_high(code) && raw.size() >= 12 && raw[6] == '\\' && raw[7] == 'u' &&
      is_low(hex4(raw.substr(8)))) {
    code = 0x10000 + ((code - 0xD800) << 10) + (hex4(raw.substr(8)) - 0xDC00);
    used = 12;
  } else if (is_high(code) || is_low(code)) {
    code = kReplacement;
  }
  size = put_utf8(code, utf8);
  return used;
}

bool decode_small(const Text& text, std::span<char> out, std::size_t& size) {
  size = 0;
  return decode_to(text, [&](std::string_view piece) {
    if (piece.size() > out.size() - size) return false;
    std::copy(piece.begin(), piece.end(), out.begin() + static_cast<std::ptrdiff_t>(size));
    size += piece.size();
    return true;
  });
}

std::string Text::decode() const {
  std::string out;
  append(out, *this);
  return out;
}

bool append(std::string& out, const Text& text, std::size_t bytes_max) {
  std::size_t left = bytes_max;
  return decode_to(text, [&](std::string_view piece) {
    const std::size_t fits = whole_prefix(piece, left);
    out.append(piece.substr(0, fits));
    left -= fits;
    return fits == piece.size();
  });
}

bool equals(const Text& text, std::string_view plain) {
  if (!text.escaped) return text.raw == plain;
  const bool prefix = decode_to(text, [&](std::string_view piece) {
    if (!plain.starts_with(piece)) return false;
    plain.remove_prefix(piece.size());
    return true;
  });
  return prefix && plain.empty();
}

}  // namespace headgate::base::json
