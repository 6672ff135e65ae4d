#include "llm/openai/vectors.h"

#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdint>

namespace headgate::llm::openai {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t kNone = 0xFF;

constexpr std::array<std::uint8_t, 256> kValues = [] {
  std::array<std::uint8_t, 256> values{};
  values.fill(kNone);
  for (std::size_t i = 0; i < kAlphabet.size(); ++i) {
    values[static_cast<std::uint8_t>(kAlphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return values;
}();

// Bytes come out three at a time, six bits a character.
class Encoder {
 public:
  explicit Encoder(std::string& out) : out_(out) {}
  void put(std::uint8_t byte) {
    bits_ = bits_ << 8 | byte;
    count_ += 8;
    while (count_ >= 6) {
      count_ -= 6;
      out_ += kAlphabet[bits_ >> count_ & 63];
    }
  }
  void finish() {
    if (count_ > 0) out_ += kAlphabet[bits_ << (6 - count_) & 63];
    if (count_ == 2) out_ += "==";
    if (count_ == 4) out_ += '=';
  }

 private:
  std::string& out_;
  std::uint32_t bits_ = 0;
  int count_ = 0;
};

std::string_view without_padding(std::string_view base64) {
  for (int i = 0; i < 2 && base64.ends_with('='); ++i) base64.remove_suffix(1);
  return base64;
}

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
  out.reserve(out.size() + vector.size_bytes() * 4 / 3 + 4);
  Encoder encoder(out);
  for (const float value : vector) {
    const auto bits = std::bit_cast<std::uint32_t>(value);
    for (int shift = 0; shift < 32; shift += 8) {
      encoder.put(static_cast<std::uint8_t>(bits >> shift));
    }
  }
  encoder.finish();
}

std::optional<std::vector<float>> vector_of_base64(std::string_view base64) {
  std::vector<float> vector;
  const std::string_view digits = without_padding(base64);
  vector.reserve(digits.size() * 3 / 16);
  std::uint64_t bits = 0;   // of the byte that is not whole
  int count = 0;            // how many
  std::uint32_t value = 0;  // of the float that is not whole
  int shift = 0;
  for (const char c : digits) {
    const std::uint8_t six = kValues[static_cast<std::uint8_t>(c)];
    if (six == kNone) return std::nullopt;
    bits = (bits << 6 | six) & 0xFFFF;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    value |= static_cast<std::uint32_t>(bits >> count & 0xFF) << shift;
    shift += 8;
    if (shift < 32) continue;
    vector.push_back(std::bit_cast<float>(value));
    if (!std::isfinite(vector.back())) return std::nullopt;
    value = 0;
    shift = 0;
  }
  if (shift != 0 || count >= 6) return std::nullopt;
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
