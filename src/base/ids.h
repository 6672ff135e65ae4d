// Trace, span and request ids: the sizes of W3C trace context, lower-case hex on the wire, never
// all zero. Plain values; made from an injected Random, so that tests and the simulation repeat
// them.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/random.h"

namespace headgate::base {

template <std::size_t N>
struct Id {
  std::array<std::uint8_t, N> bytes{};

  bool empty() const { return *this == Id{}; }
  std::string hex() const;
  friend auto operator<=>(const Id&, const Id&) = default;
  static Id random(Random& random);
  /// Exactly 2·N lower-case hex digits, not all zero; else nothing.
  static std::optional<Id> from_hex(std::string_view hex);
};

using TraceId = Id<16>;
using SpanId = Id<8>;

extern template struct Id<16>;
extern template struct Id<8>;

std::string hex(std::string_view bytes);

}  // namespace headgate::base
