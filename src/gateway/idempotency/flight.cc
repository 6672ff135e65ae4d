#include "gateway/idempotency/flight.h"

#include <algorithm>
#include <utility>

namespace headgate::gateway {

namespace {

constexpr std::size_t kBehindMax = 256 * 1024;  // of one listener, when no more is kept

}  // namespace

Flight::Flight(base::Loop& loop, std::string fingerprint, std::size_t bytes_max)
    : loop_(loop), fingerprint_(std::move(fingerprint)), bytes_max_(bytes_max) {}

Flight::Joined Flight::join(const std::string& fingerprint, SeatId& seat) {
  const std::lock_guard lock(mutex_);
  if (given_up_) return Joined::given_up;
  if (fingerprint != fingerprint_) return Joined::other_request;
  if (too_large_) return Joined::too_large;
  seat = seats_.insert(seats_.end(), Seat{});
  return Joined::yes;
}

void Flight::leave(SeatId seat) {
  std::vector<Wake> wakes;
  {
    const std::lock_guard lock(mutex_);
    seats_.erase(seat);
    if (given_up_) return;
    trim();
    if (room_ && slowest() + kBehindMax >= end_position()) {
      wakes.push_back(std::exchange(room_, nullptr));
    }
    if (seats_.empty() && !end_) {
      given_up_ = true;
      const auto cancel = [self = shared_from_this()] { self->cancellation_.cancel(); };
      boost::asio::post(loop_.io(), cancel);
    }
  }
  call(std::move(wakes));
}

void Flight::abandon() {
  const std::lock_guard lock(mutex_);
  given_up_ = true;
}

Flight::News Flight::read(SeatId seat) {
  News out;
  std::vector<Wake> wakes;
  {
    const std::lock_guard lock(mutex_);
    if (!end_ && (!head_ || !head_->streamed)) return out;
    out.head = head_;
    out.end = end_;
    out.bytes = bytes_.substr(seat->position - dropped_);
    seat->position = end_position();
    trim();
    if (room_ && slowest() + kBehindMax >= end_position()) {
      wakes.push_back(std::exchange(room_, nullptr));
    }
  }
  call(std::move(wakes));
  return out;
}

void Flight::listen(SeatId seat, Wake wake) {
  {
    const std::lock_guard lock(mutex_);
    const bool unseen = end_ || (head_ && head_->streamed && seat->position < end_position());
    if (!unseen) {
      seat->wake = std::move(wake);
      return;
    }
  }
  wake({});
}

void Flight::begin(FlightHead head) {
  const std::lock_guard lock(mutex_);
  head_ = std::make_shared<const FlightHead>(std::move(head));
}

void Flight::append(std::string_view bytes) {
  std::vector<Wake> wakes;
  {
    const std::lock_guard lock(mutex_);
    bytes_ += bytes;
    if (end_position() > bytes_max_) too_large_ = true;
    wakes = take_wakes();
  }
  call(std::move(wakes));
}

void Flight::end(std::string_view last, FlightEnd end) {
  std::vector<Wake> wakes;
  {
    const std::lock_guard lock(mutex_);
    if (end_) return;
    bytes_ += last;
    end_ = std::make_shared<const FlightEnd>(std::move(end));
    wakes = take_wakes();
  }
  call(std::move(wakes));
}

bool Flight::is_full(Wake wake) {
  const std::lock_guard lock(mutex_);
  if (!too_large_ || slowest() + kBehindMax >= end_position()) return false;
  room_ = std::move(wake);
  return true;
}

bool Flight::too_large() const {
  const std::lock_guard lock(mutex_);
  return too_large_;
}

std::string Flight::answer() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

std::uint64_t Flight::slowest() const {
  std::uint64_t out = end_position();
  for (const Seat& seat : seats_) out = std::min(out, seat.position);
  return out;
}

// What nobody needs any more, once nobody can join.
void Flight::trim() {
  if (!too_large_) return;
  const std::uint64_t gone = slowest() - dropped_;
  bytes_.erase(0, static_cast<std::size_t>(gone));
  dropped_ += gone;
}

std::vector<Wake> Flight::take_wakes() {
  std::vector<Wake> out;
  for (Seat& seat : seats_) {
    if (seat.wake) out.push_back(std::exchange(seat.wake, nullptr));
  }
  return out;
}

// Without the lock: a receiver posts to a loop.
void Flight::call(std::vector<Wake> wakes) {
  for (const Wake& wake : wakes) wake({});
}

}  // namespace headgate::gateway
