// Randomness, injected: RealRandom is seeded from the kernel (for ids and salts), SeededRandom
// repeats itself by seed (for tests, the lab and simulation). Neither is safe to share between
// threads.
#pragma once

#include <cstdint>
#include <span>

namespace headgate::base {

class Random {
 public:
  virtual ~Random() = default;
  virtual std::uint64_t next() = 0;
  /// Uniform in [0, bound). REQUIRES: bound > 0.
  std::uint64_t below(std::uint64_t bound) {
    return static_cast<std::uint64_t>((static_cast<__uint128_t>(next()) * bound) >> 64);
  }
  /// Uniform in [0, 1).
  double unit() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }
};

/// xoshiro256** seeded by splitmix64. Not for secrets.
class SeededRandom : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed);
  std::uint64_t next() override;

 private:
  std::uint64_t state_[4];
};

/// The same generator seeded from the kernel: unpredictable enough for ids, not for keys.
class RealRandom final : public SeededRandom {
 public:
  RealRandom();
};

/// Fills `out` with bytes from the kernel's generator, for keys and salts. Aborts if the kernel
/// refuses.
void secure_random(std::span<std::uint8_t> out);

}  // namespace headgate::base
