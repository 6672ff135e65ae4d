// A state that a client carries from one request to the next and that it can neither read, change,
// use for another request, give to another principal nor keep for long: AES-256-GCM over the state
// and its time, with the rest as associated data. That it is used once only is not promised.
// Immutable; safe from any thread.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace headgate::agents::mcp {

/// What a state is bound to.
struct StateBinding {
  std::string_view principal;  // the key's public id
  std::string_view request;    // a digest of its method, name and arguments
};

class StateSealer {
 public:
  static constexpr std::size_t kStateBytesMax = 64 * 1024;
  using Key = std::array<std::uint8_t, 32>;

  /// A key of its own: states end with the process.
  StateSealer();
  /// States outlive the process, and are known to others with the secret.
  explicit StateSealer(std::string_view secret);

  /// Base64. Errors: payload_too_large.
  base::Result<std::string> seal(std::string_view state, const StateBinding& binding,
                                 std::int64_t unix_us) const;
  /// Errors: invalid_request, the same for whatever is wrong but age.
  base::Result<std::string> open(std::string_view sealed, const StateBinding& binding,
                                 std::int64_t unix_us, std::int64_t age_us_max) const;

 private:
  Key key_;
};

}  // namespace headgate::agents::mcp
