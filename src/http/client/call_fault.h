// What shall go wrong with one call, in place of what its upstream does: for tests of failures in a
// running gateway. Whoever starts a call may give it one; the call then fails as it would if the
// upstream were to blame, within the same deadlines. BodyFault is the part of it that a connection
// has while it reads the body. Plain values, one a call.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace headgate::http {

struct CallFault {
  enum class Kind : std::uint8_t {
    delay,       // sent `delay` later
    answer,      // `answer` comes; nothing is sent
    reset,       // before an answer; nothing is sent
    body_delay,  // the body begins `delay` after the start at the earliest
    cut,         // after `after_bytes` of the body the upstream closes
    stall,       // nothing more comes
    malformed,   // bytes come that are no part of any protocol
  };
  Kind kind = Kind::reset;
  base::Duration delay{};
  std::string answer;  // a whole HTTP/1.1 response that ends its connection
  std::uint64_t after_bytes = 0;

  /// Whether a body is needed for it.
  bool is_of_body() const { return kind >= Kind::body_delay; }
};

class BodyFault {
 public:
  /// REQUIRES: fault.is_of_body().
  BodyFault(const CallFault& fault, base::MonoTime begun);

  /// Nothing may be seen yet.
  bool waits(base::MonoTime now) const { return now < not_before_; }
  base::MonoTime not_before() const { return not_before_; }
  /// What of the next bytes may be seen.
  std::string_view pass(std::string_view piece);
  /// It has come: nothing more of the body may be seen.
  bool over() const { return ends_ && left_ == 0; }
  /// What is seen instead; empty: nothing, or it was seen.
  std::string_view instead();
  /// Whether the body is at its end, where the real one is at its own (`real`).
  bool done(bool real) const;
  CallFault::Kind kind() const { return kind_; }

 private:
  CallFault::Kind kind_;
  base::MonoTime not_before_;
  bool ends_;           // the body, after left_ bytes
  std::uint64_t left_;  // to be seen
  bool said_ = false;
};

}  // namespace headgate::http
