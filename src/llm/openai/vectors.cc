#include "llm/openai/vectors.h"

#include <bit>
#include <charconv>
#include <cmath>
#include <cstdint>

#include "base/text/base64.h"

namespace headgate::llm::openai {
namespace {

// Numbers that are too small for a float are zero; too large ones are none.
std::optional<float> float_of(std::string_view number) {
  float value = 0;
  const char* end = number.data() + number.size();
  const auto [at, error] = std::from_chars(number.data(), end, value);
  if (error == std::errc{} && at == end) return value;
  double wide = 0;
  const auto [wide_at, wide_error] = std::from_chars(number.data(), end, wide);
  if (wide_error != std::errc{} || wide_at != end) return std::nullopt;
  if (std::abs(wide) > 1) return std::nullopt;
  return 0.0F;
}

}  // namespace

void append_base64(std::string& out, std::span<const float> vector) {
  std::string bytes;
  bytes.reserve(vector.size_bytes());
  for (const float value : vector) {
    const auto bits = std::bit_cast<std::uint32_t>(value);
    for (int shift = 0; shift < 32; shift += 8) bytes += static_cast<char>(bits >> shift & 0xFF);
  }
  out += base::base64(bytes);
}

std::optional<std::vector<float>> vector_of_base64(std::string_view base64) {
  constexpr std::size_t kBytes = sizeof(float);
  const auto bytes = base::base64_decoded(base64);
  if (!bytes || bytes->size() % kBytes != 0) return std::nullopt;
  std::vector<float> vector(bytes->size() / kBytes);
  for (std::size_t i = 0; i < vector.size(); ++i) {
    std::uint32_t bits = 0;
    for (std::size_t k = kBytes; k > 0; --k) {
      bits = bits << 8 | static_cast<unsigned char>((*bytes)[i * kBytes + k - 1]);
    }
    vector[i] = std::bit_cast<float>(bits);
    if (!std::isfinite(vector[i])) return std::nullopt;
  }
  return vector;
}

void append_numbers(std::string& out, std::span<const float> vector) {
  out += '[';
  for (std::size_t i = 0; i < vector.size(); ++i) {
    if (i > 0) out += ',';
    char digits[32];
    out.append(digits, std::to_chars(digits, digits + sizeof digits, vector[i]).ptr);
  }
  out += ']';
}

bool read_numbers(base::json::Cursor& cursor, std::vector<float>& vector) {
  if (!cursor.enter_array()) return false;
  while (cursor.next_element()) {
    const bool number = cursor.kind() == base::json::Kind::number;
    if (!cursor.skip()) return false;
    const auto value = number ? float_of(cursor.value_text()) : std::nullopt;
    if (!value) return cursor.reject("a number that fits a float");
    vector.push_back(*value);
  }
  return cursor.ok();
}

}  // namespace headgate::llm::openai
