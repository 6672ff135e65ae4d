#include "lab/formats/data_url.h"

#include <array>
#include <cstdint>

#include "base/text/strings.h"

namespace headgate::lab {
namespace {

constexpr std::string_view kStandard =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kUrl =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::string_view letters(Base64 alphabet) {
  return alphabet == Base64::standard ? kStandard : kUrl;
}

std::array<std::int8_t, 256> values_of(std::string_view letters) {
  std::array<std::int8_t, 256> values{};
  values.fill(-1);
  for (std::size_t i = 0; i < letters.size(); ++i) {
    values[static_cast<unsigned char>(letters[i])] = static_cast<std::int8_t>(i);
  }
  return values;
}

}  // namespace

std::string base64(std::string_view bytes, Base64 alphabet) {
  const auto letter = letters(alphabet);
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t j = 0; j < 3; ++j) {
      group = group << 8 | (i + j < bytes.size() ? static_cast<unsigned char>(bytes[i + j]) : 0U);
    }
    for (std::size_t j = 0; j < 4; ++j) {
      out += i + j > bytes.size() ? '=' : letter[group >> (18 - 6 * j) & 63U];
    }
  }
  return out;
}

std::optional<std::string> base64_decoded(std::string_view text, Base64 alphabet) {
  if (text.size() % 4 != 0) return std::nullopt;
  const auto values = values_of(letters(alphabet));
  std::size_t padding = 0;
  while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') ++padding;
  std::string out;
  out.reserve(text.size() / 4 * 3);
  std::uint32_t group = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool padded = i >= text.size() - padding;
    const int value = padded ? 0 : values[static_cast<unsigned char>(text[i])];
    if (value < 0) return std::nullopt;
    group = group << 6 | static_cast<std::uint32_t>(value);
    if (i % 4 != 3) continue;
    for (const int shift : {16, 8, 0}) out += static_cast<char>(group >> shift & 255U);
    group = 0;
  }
  out.resize(out.size() - padding);
  return out;
}

std::optional<DataUrl> data_url(std::string_view url) {
  constexpr std::string_view kScheme = "data:";
  constexpr std::string_view kMark = ";base64";
  if (!base::iequals(url.substr(0, kScheme.size()), kScheme)) return std::nullopt;
  url.remove_prefix(kScheme.size());
  const auto comma = url.find(',');
  if (comma == url.npos) return std::nullopt;
  DataUrl out;
  std::string_view head = url.substr(0, comma);
  out.payload = url.substr(comma + 1);
  if (head.size() >= kMark.size() &&
      base::iequals(head.substr(head.size() - kMark.size()), kMark)) {
    out.is_base64 = true;
    head.remove_suffix(kMark.size());
  }
  out.type = head.substr(0, head.find(';'));
  return out;
}

}  // namespace headgate::lab
