// Strict HTTP/1.1 heads (RFC 9112): bytes in, views out, nothing kept. What two parsers could read
// in two ways is an error here (request smuggling): bare LF, folded lines, blanks before a colon, a
// second or malformed Content-Length, Content-Length beside Transfer-Encoding, unknown codings, a
// second Host. Pure; any thread.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/result.h"
#include "http/message.h"

namespace headgate::http {

struct HeadLimits {
  std::size_t bytes_max = 64 * 1024;
  std::size_t headers_max = 128;
};

/// Where the head that starts at buffer[0] ends (just after its blank line), or 0 while it is not
/// complete. `seen` bytes are known from an earlier call not to hold the end.
std::size_t find_head_end(std::string_view buffer, std::size_t seen);

/// Whether an incomplete head can already be refused: it does not start like a method, or one of
/// its lines ends in a bare LF. `seen` bytes passed an earlier call.
bool is_hopeless(std::string_view partial, std::size_t seen);

/// `head` is everything up to and with the blank line. Views in `out` point into it.
base::Result<void> parse_request_head(std::string_view head, const HeadLimits& limits,
                                      RequestHead& out);

/// The head of an answer to a request with `method`, which decides whether a body follows.
base::Result<void> parse_response_head(std::string_view head, const HeadLimits& limits,
                                       Method method, ResponseHead& out);

}  // namespace headgate::http
