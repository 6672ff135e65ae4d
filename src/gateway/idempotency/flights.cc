#include "gateway/idempotency/flights.h"

#include <utility>

namespace headgate::gateway {

using base::Errc;

base::Error key_reused() {
  return base::fail(Errc::idempotency_key_reused,
                    "This Idempotency-Key was used before with another request. Use a new key for "
                    "a new request.",
                    "Idempotency-Key");
}

base::Error answer_too_large() {
  return base::fail(Errc::conflict,
                    "The request with this Idempotency-Key was made, but its answer was too large "
                    "to be kept (storage.idempotency_bytes_max), so it cannot be given again. Use "
                    "a new key to make the request anew.",
                    "Idempotency-Key");
}

base::Result<Flights::Boarded> Flights::board(const storage::IdempotencyScope& scope,
                                              const std::string& fingerprint, base::Loop& loop) {
  const std::lock_guard lock(mutex_);
  std::shared_ptr<Flight>& current = flights_[scope];
  Boarded out;
  if (current) {
    const auto joined = current->join(fingerprint, out.seat);
    if (joined == Flight::Joined::other_request) return key_reused();
    if (joined == Flight::Joined::too_large) return answer_too_large();
    if (joined == Flight::Joined::yes) {
      out.flight = current;
      return out;
    }
  }
  // The one before was given up and unwinds; what it may still store is not taken from it.
  current = std::make_shared<Flight>(loop, fingerprint, bytes_max_);
  current->join(fingerprint, out.seat);
  out.flight = current;
  out.is_first = true;
  return out;
}

void Flights::land(const storage::IdempotencyScope& scope, const Flight& flight) {
  const std::lock_guard lock(mutex_);
  const auto found = flights_.find(scope);
  if (found != flights_.end() && found->second.get() == &flight) flights_.erase(found);
}

std::string Flights::next_owner() {
  const std::lock_guard lock(mutex_);
  return instance_ + "/" + std::to_string(++owners_);
}

void Flights::close() {
  const std::lock_guard lock(mutex_);
  for (auto& [scope, flight] : flights_) flight->abandon();
}

}  // namespace headgate::gateway
