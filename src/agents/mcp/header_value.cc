#include "agents/mcp/header_value.h"

#include <algorithm>

#include "base/text/base64.h"
#include "base/text/utf8.h"

namespace headgate::agents::mcp {

namespace {

constexpr std::string_view kPrefix = "=?base64?";
constexpr std::string_view kSuffix = "?=";

bool is_blank(char c) { return c == ' ' || c == '\t'; }

bool fits_header(char c) { return (c >= 0x20 && c < 0x7F) || c == '\t'; }

bool is_wrapped(std::string_view text) {
  return text.size() >= kPrefix.size() + kSuffix.size() && text.starts_with(kPrefix) &&
         text.ends_with(kSuffix);
}

bool is_plain(std::string_view text) {
  if (!std::all_of(text.begin(), text.end(), fits_header) || is_wrapped(text)) return false;
  return text.empty() || (!is_blank(text.front()) && !is_blank(text.back()));
}

bool is_base64(std::string_view text) {
  const std::string_view digits = text.substr(0, text.find('='));
  const bool padded = text.size() % 4 == 0 && text.size() - digits.size() <= 2 &&
                      std::all_of(text.begin() + static_cast<std::ptrdiff_t>(digits.size()),
                                  text.end(), [](char c) { return c == '='; });
  return padded && std::all_of(digits.begin(), digits.end(), [](char c) {
           return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                  c == '+' || c == '/';
         });
}

}  // namespace

std::string to_header_value(std::string_view text) {
  if (is_plain(text)) return std::string(text);
  return std::string(kPrefix) + base::base64(text) + std::string(kSuffix);
}

std::optional<std::string> from_header_value(std::string_view value) {
  if (!std::all_of(value.begin(), value.end(), fits_header)) return std::nullopt;
  if (!is_wrapped(value)) return std::string(value);
  value.remove_prefix(kPrefix.size());
  value.remove_suffix(kSuffix.size());
  if (!is_base64(value)) return std::nullopt;
  auto text = base::base64_decoded(value);
  if (!text || !base::is_utf8(*text)) return std::nullopt;
  return text;
}

bool is_token(std::string_view text) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           kMarks.find(c) != std::string_view::npos;
  });
}

}  // namespace headgate::agents::mcp
