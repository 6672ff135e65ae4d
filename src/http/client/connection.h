// One HTTP/1.1 connection to an upstream and the answer being read from it: framing in, body pieces
// out. Lives on one loop; lent to one ClientCall at a time, pooled by Client in between.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "http/byte_buffer.h"
#include "http/client/call_fault.h"
#include "http/message.h"
#include "http/transport.h"
#include "http/wire/chunked.h"

namespace headgate::http {

class Connection {
 public:
  explicit Connection(base::Loop& loop) : transport_(loop), opened_(loop.now()) {}

  Transport& transport() { return transport_; }

  /// Reads the head of the answer, past any 1xx. The view of its headers lives until the next
  /// request.
  base::Task<void> read_head(Method method);
  const ResponseHead& head() const { return head_; }
  /// Whether any byte of the answer has arrived: before, a pooled connection may just have been
  /// stale.
  bool answered() const { return answered_; }

  /// The next piece of body among what has arrived; empty when more() is needed or done(). The view
  /// lives until the next call of anything here.
  base::Result<std::string_view> take();
  /// Reads more from the peer. A peer that closes early is Errc::upstream_truncated.
  base::Task<void> more();
  bool done() const { return fault_ ? fault_->done(done_) : done_; }
  /// The whole body, at most `bytes_max` (Errc::upstream_too_large beyond).
  base::Task<std::string_view> read_all(std::size_t bytes_max);

  /// From now on each read of the answer may take `idle_ms` (Errc::timeout_idle beyond), and all of
  /// them may go on until `until` (Errc::timeout_total). Until the next request.
  void bound_reads(std::int64_t idle_ms, base::MonoTime until);

  /// For tests of failures: the body goes wrong like this. Until the next request, of which there
  /// will be none: the connection is not used again.
  void spoil(const BodyFault& fault) { fault_ = std::make_unique<BodyFault>(fault); }
  /// In place of sending a request: as if its answer had come already.
  void answer_with(std::string_view bytes);

  /// Makes ready for the next request.
  void begin_request();
  /// Whether another request may be sent: the answer was read whole and the peer keeps the
  /// connection.
  bool reusable() const { return !fault_ && done_ && head_.keep_alive && !sent_more(); }
  /// Whether the peer's bytes so far go on behind what was read of the answer.
  bool sent_more() const { return in_.size() > pending_; }

  base::MonoTime opened() const { return opened_; }
  base::MonoTime idle_since = {};
  bool reused = false;

 private:
  base::Task<std::string_view> read_sized(std::size_t bytes_max);
  base::Result<std::string_view> take_next();
  base::Result<std::string_view> take_spoiled();
  base::Task<void> hold_back();
  void arm_idle();

  Transport transport_;
  base::MonoTime opened_;
  ByteBuffer in_;
  std::string head_bytes_;
  ResponseHead head_;
  ChunkedDecoder chunked_;
  std::string body_;
  std::uint64_t left_ = 0;   // of a body with Content-Length
  std::size_t pending_ = 0;  // bytes of in_ that the last view still shows
  bool answered_ = false;
  bool closed_ = false;
  bool done_ = false;
  std::int64_t idle_ms_ = 0;  // 0: no bound but the transport's deadline
  base::MonoTime read_until_ = base::MonoTime::max();
  std::unique_ptr<BodyFault> fault_;  // null: nothing is made to go wrong
};

}  // namespace headgate::http
