#include "base/ids.h"

#include <cstring>

namespace headgate::base {
namespace {

constexpr char kHex[] = "0123456789abcdef";

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

}  // namespace

std::string hex(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    const auto b = static_cast<std::uint8_t>(c);
    out.push_back(kHex[b >> 4]);
    out.push_back(kHex[b & 15]);
  }
  return out;
}

template <std::size_t N>
std::string Id<N>::hex() const {
  return base::hex({reinterpret_cast<const char*>(bytes.data()), N});
}

template <std::size_t N>
Id<N> Id<N>::random(Random& random) {
  Id id;
  while (id.empty()) {
    for (std::size_t i = 0; i < N; i += 8) {
      const std::uint64_t word = random.next();
      std::memcpy(id.bytes.data() + i, &word, 8);
    }
  }
  return id;
}

template <std::size_t N>
std::optional<Id<N>> Id<N>::from_hex(std::string_view hex) {
  if (hex.size() != 2 * N) return std::nullopt;
  Id id;
  for (std::size_t i = 0; i < N; ++i) {
    const int hi = digit(hex[2 * i]);
    const int lo = digit(hex[2 * i + 1]);
    if (hi < 0 || lo < 0) return std::nullopt;
    id.bytes[i] = static_cast<std::uint8_t>(hi * 16 + lo);
  }
  if (id.empty()) return std::nullopt;
  return id;
}

template struct Id<16>;
template struct Id<8>;

}  // namespace headgate::base
