// The calls with an idempotency key that are being made, by tenant, path and key: who comes second
// finds the first here, on whatever loop. One for the process, made by app.cc, safe from any
// thread. Lock order: this one, then a flight's.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "gateway/idempotency/flight.h"
#include "storage/idempotency/idempotency_table.h"

namespace headgate::gateway {

class Flights {
 public:
  /// `instance` names this run of the program; no other has had that name.
  Flights(std::string instance, std::size_t bytes_max)
      : instance_(std::move(instance)), bytes_max_(bytes_max) {}

  struct Boarded {
    std::shared_ptr<Flight> flight;
    Flight::SeatId seat;
    bool is_first = false;  // and has to make the call
  };
  /// A seat in the call that is being made, or in a new one on `loop`. Errors:
  /// idempotency_key_reused, conflict (the answer is too large to be given again).
  base::Result<Boarded> board(const storage::IdempotencyScope& scope,
                              const std::string& fingerprint, base::Loop& loop);
  /// Nobody boards it any more.
  void land(const storage::IdempotencyScope& scope, const Flight& flight);
  /// A name for an owner in the store.
  std::string next_owner();
  std::size_t bytes_max() const { return bytes_max_; }
  /// The loops are about to go; nothing is posted to them any more.
  void close();

 private:
  const std::string instance_;
  const std::size_t bytes_max_;
  std::mutex mutex_;
  std::map<storage::IdempotencyScope, std::shared_ptr<Flight>> flights_;
  std::uint64_t owners_ = 0;
};

base::Error key_reused();
base::Error answer_too_large();

}  // namespace headgate::gateway
