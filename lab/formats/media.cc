#include "lab/formats/media.h"

#include <algorithm>
#include <cstdint>

namespace headgate::lab {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::size_t kHeadBytes = 12;

/// The first bytes of what `base64` holds.
std::string head_of(std::string_view base64) {
  std::string out;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : base64.substr(0, kHeadBytes * 2)) {
    const auto value = kAlphabet.find(c);
    if (value == kAlphabet.npos) break;
    bits = (bits << 6) | static_cast<std::uint32_t>(value);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    out += static_cast<char>((bits >> count) & 0xFF);
  }
  return out;
}

}  // namespace

bool is_base64(std::string_view text) {
  if (text.empty() || text.size() % 4 != 0) return false;
  const auto padding = text.ends_with("==") ? 2U : text.ends_with('=') ? 1U : 0U;
  const auto digits = text.substr(0, text.size() - padding);
  return std::all_of(digits.begin(), digits.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '/';
  });
}

bool is_lax_base64(std::string_view text) {
  while (text.ends_with('=')) text.remove_suffix(1);
  return text.size() % 4 != 1 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  std::string_view("+/-_").find(c) != std::string_view::npos;
         });
}

std::string_view sniffed_type(std::string_view base64) {
  const std::string head = head_of(base64);
  if (head.starts_with("\x89PNG\r\n")) return "image/png";
  if (head.starts_with("\xFF\xD8\xFF")) return "image/jpeg";
  if (head.starts_with("GIF8")) return "image/gif";
  if (head.starts_with("RIFF") && head.substr(8).starts_with("WEBP")) return "image/webp";
  return head.starts_with("%PDF") ? "application/pdf" : std::string_view();
}

}  // namespace headgate::lab
