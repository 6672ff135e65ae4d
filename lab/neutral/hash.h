// 64-bit FNV-1a and a mixing step, for seeds and for prefixes of prompts. Pure; the same on every
// machine.
// Not for secrets, and no defence against whoever chooses the input.
#pragma once

#include <cstdint>
#include <string_view>

namespace headgate::lab {

inline constexpr std::uint64_t kHashStart = 0xcbf29ce484222325;

constexpr std::uint64_t hash_bytes(std::uint64_t hash, std::string_view bytes) {
  for (const char c : bytes) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  }
  return hash;
}

constexpr std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
  std::uint64_t x = a ^ (b + 0x9e3779b97f4a7c15 + (a << 6) + (a >> 2));
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

}  // namespace headgate::lab
