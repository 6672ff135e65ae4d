// The Date header's text, made anew once a second at most. One per loop, because formatting it for
// every reply would cost more than the rest of the head. Not thread-safe.
#pragma once

#include <cstdint>
#include <string>

namespace headgate::http {

class HttpDate {
 public:
  /// "Mon, 23 Nov 2026 14:18:51 GMT". The view's text changes with the next call.
  const std::string& text(std::int64_t unix_us);

 private:
  std::int64_t second_ = -1;
  std::string text_;
};

}  // namespace headgate::http
