// One request and its reply on a server connection: what a handler is given. Lives in the session's
// coroutine on one loop; never shared between threads. A handler that returns without replying gets
// a 500 sent for it. When the client goes away, cancellation() fires and every later call fails.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/async/cancellation.h"
#include "base/async/loop.h"
#include "base/async/task.h"
#include "http/message.h"

namespace headgate::http {

class Session;

class Exchange {
 public:
  explicit Exchange(Session& session) : session_(session) {}
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  const RequestHead& request() const;
  base::Loop& loop();
  base::Cancellation& cancellation();
  /// Address of the peer, "127.0.0.1:4711".
  std::string peer() const;

  /// Reads the whole body, at most `bytes_max` (Errc::payload_too_large beyond), answering
  /// Expect: 100-continue first. The view stays valid until the exchange ends, and 64 bytes after
  /// its end may be read (zeros), as simdjson wants.
  base::Task<std::string_view> read_body(std::size_t bytes_max);

  /// Sends a whole reply with Content-Length.
  base::Task<void> reply(const ReplyHead& head, std::string_view body);

  /// Starts a chunked reply: the head leaves at once.
  base::Task<void> start(const ReplyHead& head);
  /// Sends `bytes` as one chunk, at once; waits while the client does not read.
  base::Task<void> write(std::string_view bytes);
  /// Ends a chunked reply, `last` as its last chunk and in the same segment where it fits;
  /// `trailers` as "name: value\r\n" lines or empty.
  base::Task<void> finish(std::string_view trailers = {}, std::string_view last = {});
  bool started() const;
  /// Of the reply; 0 before its head is written.
  int status() const;

  /// For the lab's faults: bytes outside any framing, and an end without one (RST when `reset`).
  base::Task<void> write_raw(std::string_view bytes);
  void abort(bool reset);

 private:
  Session& session_;
};

}  // namespace headgate::http
