// One call made on behalf of everybody who sent its idempotency key: what it has answered so far,
// and who listens. Written by the loop that makes the call, read from any loop, behind a mutex;
// whoever waits is woken by a receiver that posts to their own loop (base::Handoff). When the last
// listener leaves, the call is cancelled and nobody can join it any more.
#pragma once

#include <boost/asio/post.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/async/cancellation.h"
#include "base/async/loop.h"
#include "base/result.h"

namespace headgate::gateway {

using Wake = std::function<void(base::Result<void>)>;

/// The head of the answer, for whoever passes it on.
struct FlightHead {
  int status = 200;
  bool streamed = false;
  bool kept = false;  // it comes from the store
  std::string lines;  // "name: value\r\n"…
};

/// How it ended. With a head and without an error: as it should.
struct FlightEnd {
  std::optional<base::Error> error;
  bool broken = false;  // a stream: its last bytes tell of the error
  std::string trailers;
  bool retried = false;
  std::optional<base::Duration> retry_after;
};

class Flight : public std::enable_shared_from_this<Flight> {
 public:
  /// Of one listener; in a list of the flight.
  struct Seat {
    std::uint64_t position = 0;
    Wake wake;
  };
  using SeatId = std::list<Seat>::iterator;

  /// What a listener has not seen yet.
  struct News {
    std::shared_ptr<const FlightHead> head;
    std::string bytes;
    std::shared_ptr<const FlightEnd> end;
  };

  /// `bytes_max`: of the answer that can be given to somebody who comes later.
  Flight(base::Loop& loop, std::string fingerprint, std::size_t bytes_max);

  base::Loop& loop() { return loop_; }
  /// Of the call. Touched by its loop alone.
  base::Cancellation& cancellation() { return cancellation_; }

  enum class Joined : std::uint8_t { yes, given_up, other_request, too_large };
  /// Takes a seat at the beginning of the answer.
  Joined join(const std::string& fingerprint, SeatId& seat);
  void leave(SeatId seat);
  /// Nobody is left to be told: the loops are going.
  void abandon();
  News read(SeatId seat);
  /// `wake` is called when there is news for the seat, perhaps at once.
  void listen(SeatId seat, Wake wake);

  // The call's side.
  void begin(FlightHead head);
  void append(std::string_view bytes);
  /// `last`: bytes of the answer that come with its end.
  void end(std::string_view last, FlightEnd end);
  /// Whether some listener is so far behind that more of the answer should wait; then `wake` is
  /// called when it is not any more.
  bool is_full(Wake wake);
  bool too_large() const;
  /// The whole answer so far; REQUIRES: not too_large().
  std::string answer() const;
  /// The pipeline has begun with it, and records it.
  void set_run() { run_ = true; }
  bool has_run() const { return run_; }

 private:
  std::uint64_t end_position() const { return dropped_ + bytes_.size(); }
  std::uint64_t slowest() const;
  void trim();
  std::vector<Wake> take_wakes();
  static void call(std::vector<Wake> wakes);

  base::Loop& loop_;
  const std::string fingerprint_;
  const std::size_t bytes_max_;
  base::Cancellation cancellation_;
  std::atomic<bool> run_{false};

  mutable std::mutex mutex_;  // of all below
  std::list<Seat> seats_;
  bool given_up_ = false;
  bool too_large_ = false;
  std::shared_ptr<const FlightHead> head_;
  std::shared_ptr<const FlightEnd> end_;
  std::string bytes_;          // of the answer, from `dropped_` on
  std::uint64_t dropped_ = 0;  // only of one that is too large
  Wake room_;                  // of the call, when it waits for the slowest listener
};

}  // namespace headgate::gateway
