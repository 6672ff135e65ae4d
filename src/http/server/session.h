// One server connection: reads requests one after another, hands each to the handler as an Exchange
// and keeps the HTTP framing of both directions right. Lives in its coroutine on one loop. While a
// handler runs longer than a moment, the session reads on, so that a client that goes away is
// noticed and the request cancelled; bytes of a next, pipelined request are kept for their turn.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include "base/async/cancellation.h"
#include "base/async/loop.h"
#include "http/byte_buffer.h"
#include "http/server/exchange.h"
#include "http/server/http_date.h"
#include "http/server/server.h"
#include "http/transport.h"
#include "http/wire/chunked.h"
#include "http/wire/head_parser.h"

namespace headgate::http {

/// Counters of one server, written by all loops.
struct ServerCounters {
  std::atomic<std::uint64_t> connections_open{0};
  std::atomic<std::uint64_t> connections_total{0};
  std::atomic<std::uint64_t> connections_refused{0};
  std::atomic<std::uint64_t> connections_parked{0};
  std::atomic<std::uint64_t> requests_active{0};
  std::atomic<std::uint64_t> requests_rejected{0};
};

/// What all sessions of a server share.
struct SessionConfig {
  ServerLimits limits;
  Handler handler;
  ErrorBody error_body;
  std::function<void(std::string_view)> on_escape;  // an exception that left a handler
  TlsContext tls;
  ServerCounters counters;
};

class Session {
 public:
  Session(base::Loop& loop, Transport::Socket socket, SessionConfig& config, HttpDate& date);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  base::Async<void> run();
  /// Ends it after the request it is serving; at once when it serves none.
  void drain();
  void close_now();

 private:
  friend class Exchange;
  enum class Body : std::uint8_t { unread, done, failed };
  enum class Reply : std::uint8_t { none, chunked, done, broken };

  // Reading requests (session.cc).
  base::Async<void> serve();
  base::Async<bool> wait_for_bytes();
  base::Async<bool> wait_parked();
  base::Task<bool> read_head();
  base::Task<std::size_t> fill(std::size_t bytes);
  base::Task<void> refuse(const base::Error& error);
  base::Async<bool> handle();
  base::Async<void> call_handler();
  void keep_pipelined();
  base::Async<void> linger();
  base::Task<void> discard_body();
  void park();

  // The body of a request (session_body.cc).
  base::Task<std::string_view> read_body(std::size_t bytes_max);
  base::Task<std::string_view> read_sized(std::size_t bytes_max);
  base::Task<std::string_view> read_chunked(std::size_t bytes_max);
  /// Whether the client holds its body back until it is asked for.
  bool awaits_100() const { return head_.expect_continue && in_.size() == head_bytes_; }
  base::Task<void> continue_100();
  base::Error body_error(const base::Error& error);
  void arm_body_read();

  // Replies (session_reply.cc).
  base::Task<void> reply(const ReplyHead& head, std::string_view body);
  base::Task<void> start(const ReplyHead& head);
  base::Task<void> write_chunk(std::string_view bytes);
  base::Task<void> finish(std::string_view trailers, std::string_view last);
  void compose_chunk(std::string_view bytes);
  base::Task<void> send(std::string_view first, std::string_view second);
  void compose_head(const ReplyHead& head, std::optional<std::size_t> length);

  // Noticing that the client went away (session_watch.cc).
  void watch_soon();
  void watch();
  ByteBuffer& watch_into();
  void watch_read(const boost::system::error_code& error, std::size_t n);
  base::Async<void> stop_watching();
  void client_gone();

  base::Loop& loop_;
  Transport transport_;
  SessionConfig& config_;
  HttpDate& date_;
  ByteBuffer in_;
  RequestHead head_;
  std::size_t head_bytes_ = 0;  // of in_, taken off when the exchange ends
  std::size_t body_in_ = 0;     // body bytes that stand in in_ behind the head
  ByteBuffer body_;             // a body that does not stand whole in in_
  std::string pipelined_;       // what a chunked body's last read brought of the next request
  ByteBuffer watched_;          // what the watch read when in_ was full; comes behind it
  Body body_state_ = Body::done;
  Reply reply_state_ = Reply::none;
  int reply_status_ = 0;  // 0: no head was written
  bool keep_alive_ = true;
  base::MonoTime body_until_;
  bool draining_ = false;
  bool idle_ = false;
  bool parking_ = false;
  std::string out_;  // head of the reply
  std::optional<base::Cancellation> cancellation_;
  base::WheelTimer timer_;  // idle: parks; busy: starts the watch
  bool watching_ = false;
  bool watch_stopping_ = false;
  std::unique_ptr<base::Timer> watch_end_;
};

}  // namespace headgate::http
