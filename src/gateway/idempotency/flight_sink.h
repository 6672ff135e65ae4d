// Where the answer of a call with an idempotency key goes: to everybody who listens to its flight,
// and, when it is whole and good, to the store before its end is shown to anybody. Lives in the
// frame of the call, on its loop.
#pragma once

#include <string>

#include "gateway/answer_sink.h"
#include "gateway/idempotency/flight.h"
#include "storage/idempotency/idempotency_store.h"

namespace headgate::gateway {

/// A reservation in the store.
struct Reservation {
  storage::IdempotencyStore& store;
  storage::IdempotencyScope scope;
  std::string owner;
  std::size_t bytes_max = 0;  // of an answer that is kept
};

class FlightSink final : public AnswerSink {
 public:
  FlightSink(Flight& flight, const Reservation& reservation)
      : flight_(flight), reservation_(reservation) {}

  base::Task<void> whole(const http::ReplyHead& head, std::string_view body) override;
  base::Task<void> begin(const http::ReplyHead& head) override;
  base::Task<void> piece(std::string_view bytes) override;
  base::Task<void> end(std::string_view trailers, std::string_view last) override;
  base::Task<void> broken(std::string_view last) override;

  /// An answer that was kept before, in place of a call.
  void give(storage::KeptAnswer answer);
  const std::string& owner() const { return reservation_.owner; }
  /// Whether the answer was kept, so that the reservation is one no more.
  bool is_kept() const { return kept_; }
  /// Tells the listeners, where the answer has not: its last bytes, and how it ended.
  void land(FlightEnd end);

 private:
  base::Task<void> keep(std::string& body, bool too_large);  // takes `body`

  Flight& flight_;
  const Reservation& reservation_;
  http::ReplyHead head_;
  bool streamed_ = false;
  bool kept_ = false;
  std::string last_;  // of the answer, held until the call has landed
  std::string trailers_;
  bool broken_ = false;
  std::optional<base::Error> error_;
};

}  // namespace headgate::gateway
