#include "gateway/idempotency/flight_sink.h"

#include <utility>

#include "base/async/handoff.h"
#include "gateway/idempotency/flight_head.h"

namespace headgate::gateway {

using base::Errc;
using base::Result;
using base::Task;

namespace {

bool is_good(int status) { return status >= 200 && status < 300; }

base::Error not_kept(const std::string& why) {
  return base::fail(
      Errc::storage_failed,
      "The answer was made but could not be kept for its Idempotency-Key: " + why + ".");
}

}  // namespace

// Committed when it returns.
Task<void> FlightSink::keep(std::string& body, bool too_large) {
  storage::KeptAnswer answer;
  answer.state = too_large ? storage::IdempotencyState::too_large : storage::IdempotencyState::kept;
  answer.owner = reservation_.owner;
  answer.streamed = streamed_;
  answer.created_unix_us = flight_.loop().clock().unix_us();
  if (!too_large) {
    answer.head = kept_lines(head_, trailers_);
    answer.body = std::move(body);
  }
  base::Handoff<void> handoff(flight_.loop(), flight_.cancellation());
  reservation_.store.keep(reservation_.scope, std::move(answer), handoff.receiver());
  auto kept = co_await handoff;
  kept_ = kept.has_value();
  if (!kept) error_ = not_kept(kept.error().detail);
  co_return kept;
}

Task<void> FlightSink::whole(const http::ReplyHead& head, std::string_view body) {
  head_ = head;
  flight_.begin({head.status(), false, false, head.bytes()});
  last_ = body;
  if (!is_good(head.status()) || is_degraded(head)) co_return Result<void>{};
  const bool too_large = body.size() > reservation_.bytes_max;
  std::string copy;
  if (!too_large) copy = body;
  auto kept = co_await keep(copy, too_large);
  co_return kept;
}

Task<void> FlightSink::begin(const http::ReplyHead& head) {
  head_ = head;
  streamed_ = true;
  flight_.begin({head.status(), true, false, head.bytes()});
  co_return Result<void>{};
}

Task<void> FlightSink::piece(std::string_view bytes) {
  flight_.append(bytes);
  base::Handoff<void> room(flight_.loop(), flight_.cancellation());
  if (!flight_.is_full(room.receiver())) co_return Result<void>{};
  auto waited = co_await room;
  co_return waited;
}

Task<void> FlightSink::end(std::string_view trailers, std::string_view last) {
  trailers_ = trailers;
  last_ = last;
  if (is_degraded(head_)) co_return Result<void>{};
  std::string all;
  bool too_large = flight_.too_large();
  if (!too_large) {
    all = flight_.answer();
    all += last;
    too_large = all.size() > reservation_.bytes_max;
  }
  if (too_large) all.clear();
  auto kept = co_await keep(all, too_large);
  co_return kept;
}

Task<void> FlightSink::broken(std::string_view last) {
  last_ = last;
  broken_ = true;
  co_return Result<void>{};
}

void FlightSink::give(storage::KeptAnswer answer) {
  kept_ = true;
  const int status = is_queued(answer.head) ? 202 : 200;
  flight_.begin({status, answer.streamed, true, std::move(answer.head)});
  last_ = std::move(answer.body);
}

void FlightSink::land(FlightEnd end) {
  if (!end.error) end.error = error_;
  end.broken = broken_;
  end.trailers = trailers_;
  const bool shows = !end.error || broken_;
  flight_.end(shows ? std::string_view(last_) : std::string_view(), std::move(end));
}

}  // namespace headgate::gateway
