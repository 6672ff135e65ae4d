#include "gateway/idempotency/once.h"

#include <exception>
#include <utility>

#include "base/async/handoff.h"
#include "base/owner.h"
#include "gateway/idempotency/flight_head.h"
#include "gateway/idempotency/key.h"
#include "gateway/owned_ask.h"
#include "gateway/prepare.h"
#include "gateway/upstream/headers.h"
#include "llm/codecs.h"

namespace headgate::gateway {

using base::Async;
using base::Errc;
using base::Result;
using base::Task;

namespace {

base::Context context_of(const base::Context& from, Flight& flight,
                         const base::Principal* principal) {
  base::Context out{from.loop, flight.cancellation()};
  out.principal = principal;
  out.trace = from.trace;
  out.request_id = from.request_id;
  out.user = from.user;
  out.session = from.session;
  out.workflow = from.workflow;
  out.deadline = from.deadline;
  return out;
}

}  // namespace

// All that the call needs while it is made.
struct Once::Journey {
  Journey(const Call& call, std::shared_ptr<Flight> of, std::shared_ptr<const base::Principal> who)
      : flight(std::move(of)),
        principal(std::move(who)),
        owned(call.ask, OwnedAsk::Trailers::taken),  // the cost of a stream, for who comes later
        ctx(context_of(call.ctx, *flight, principal.get())) {}

  std::shared_ptr<Flight> flight;
  std::shared_ptr<const base::Principal> principal;
  OwnedAsk owned;
  base::Context ctx;
  storage::IdempotencyScope scope;
  std::string fingerprint;
};

// A seat for as long as it lives.
struct Once::Listener {
  explicit Listener(Flights::Boarded boarded)
      : flight(std::move(boarded.flight)), seat(boarded.seat), is_first(boarded.is_first) {}
  ~Listener() { flight->leave(seat); }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  /// Whether the call's own record is this caller's.
  bool is_recorded() const { return is_first && flight->has_run(); }

  std::shared_ptr<Flight> flight;
  Flight::SeatId seat;
  bool is_first;
  bool takes_trailers = false;
  bool begun = false;
};

// Fills what the record of a replay says. What is wrong with a call is the pipeline's to tell.
bool Once::obeys(Call& call) {
  if (call.ask.operation != Operation::chat || !scan(call)) return false;
  const std::string& name = call.request.model;
  call.asked_model = call.catalog->find(name);
  if (call.asked_model == nullptr || !may_use(*call.ctx.principal, name)) return false;
  call.route = &call.catalog->route_for(name, *call.ctx.principal);
  call.streamed = call.request.stream;
  return call.route->idempotency == Idempotency::on;
}

Task<void> Once::run(base::Context& ctx, const std::shared_ptr<const base::Principal>& principal,
                     std::string_view path, const Ask& ask, AnswerSink& answer) {
  if (!ask.headers.has(kIdempotencyHeader)) {
    auto done = co_await pipeline_.run(ctx, ask, answer);
    co_return done;
  }
  Call call(ctx, ask, pipeline_.catalog());
  if (!obeys(call)) {
    auto done = co_await pipeline_.run(ctx, ask, answer);
    co_return done;
  }
  call.idempotent = "refused";
  Result<void> done = Result<void>{};
  bool is_recorded = false;
  auto boarded = board(call, principal, path);
  if (!boarded) {
    done = boarded.error();
  } else {
    Listener listener(std::move(*boarded));
    listener.takes_trailers = takes_trailers(ask.headers);
    done = co_await follow(call, listener, answer);
    is_recorded = listener.is_recorded();
    if (!done && listener.begun) {  // what was sent cannot be taken back; its end is missing
      if (!is_recorded) call.error = done.error();
      done = Result<void>{};
    }
  }
  if (!done && !is_recorded) {
    call.error = done.error();
    call.reply_status = llm::codec(ask.dialect).error_status(done.error().code);
  }
  if (!is_recorded) call.settle(tools_);
  co_return done;
}

Result<Flights::Boarded> Once::board(Call& call,
                                     const std::shared_ptr<const base::Principal>& principal,
                                     std::string_view path) {
  auto key = idempotency_key(call.ask.headers);
  if (!key) return key.error();
  const storage::IdempotencyScope scope{base::tenant_or_key(*principal), std::string(path),
                                        std::move(*key)};
  const std::string print = fingerprint(path, call.ask);
  auto boarded = flights_.board(scope, print, loop_);
  if (!boarded) return boarded.error();
  if (!boarded->is_first) return boarded;
  auto journey = std::make_unique<Journey>(call, boarded->flight, principal);
  journey->scope = scope;
  journey->fingerprint = print;
  calls_.spawn(fly(std::move(journey)));
  return boarded;
}

// Passes on what the call answers, as it comes.
Task<void> Once::follow(Call& call, Listener& listener, AnswerSink& answer) {
  while (true) {
    Flight::News news = listener.flight->read(listener.seat);
    if (news.head && news.head->streamed && !listener.begun) {
      const http::ReplyHead head = listener.is_recorded()
                                       ? own_head(*news.head, listener.takes_trailers)
                                       : copied_head(*news.head, call.ctx, listener.takes_trailers);
      listener.begun = true;
      call.idempotent = "replay";
      call.reply_status = news.head->status;
      auto begun = co_await answer.begin(head);
      if (!begun) co_return begun;
    }
    if (news.end) {
      auto finished = co_await finish(call, listener, news, answer);
      co_return finished;
    }
    if (!news.bytes.empty()) {
      auto sent = co_await answer.piece(news.bytes);
      if (!sent) co_return sent;
      continue;
    }
    base::Handoff<void> wake(call.ctx.loop, call.ctx.cancellation);
    listener.flight->listen(listener.seat, wake.receiver());
    auto woken = co_await wake;
    if (!woken) co_return woken;
  }
}

Task<void> Once::finish(Call& call, Listener& listener, const Flight::News& news,
                        AnswerSink& answer) {
  const FlightEnd& end = *news.end;
  if (end.error && !end.broken) {
    call.ctx.retried = end.retried;
    call.ctx.retry_after = end.retry_after;
    co_return *end.error;
  }
  call.idempotent = "replay";
  call.reply_status = news.head->status;
  if (end.error) call.error = end.error;
  if (!listener.is_recorded()) call.settle(tools_);
  if (!listener.begun) {
    const http::ReplyHead head = listener.is_recorded() ? own_head(*news.head, false)
                                                        : copied_head(*news.head, call.ctx, false);
    auto sent = co_await answer.whole(head, news.bytes);
    co_return Result<void>{};
  }
  if (end.broken) {
    auto told = co_await answer.broken(news.bytes);
    co_return Result<void>{};
  }
  const std::string_view trailers =
      listener.takes_trailers ? std::string_view(end.trailers) : std::string_view();
  auto ended = co_await answer.end(trailers, news.bytes);
  co_return Result<void>{};
}

// The call, on behalf of all who listen. Whatever happens, they are told.
Async<void> Once::fly(std::unique_ptr<Journey> journey) {
  Journey& on = *journey;
  const Reservation reservation{store_, on.scope, flights_.next_owner(), flights_.bytes_max()};
  FlightSink sink(*on.flight, reservation);
  FlightEnd end;
  try {
    auto made = co_await make_call(on, sink);
    if (!made) end.error = made.error();
  } catch (const std::exception& error) {
    end.error = base::fail(Errc::internal, error.what());
  }
  end.retried = on.ctx.retried;
  end.retry_after = on.ctx.retry_after;
  if (!sink.is_kept()) store_.release(on.scope, reservation.owner);
  flights_.land(on.scope, *on.flight);
  sink.land(std::move(end));
}

Task<void> Once::make_call(Journey& on, FlightSink& sink) {
  storage::KeptAnswer wanted;
  wanted.fingerprint = on.fingerprint;
  wanted.owner = sink.owner();
  wanted.created_unix_us = loop_.clock().unix_us();
  base::Handoff<storage::KeptAnswer> handoff(loop_, on.flight->cancellation());
  store_.reserve(on.scope, wanted, handoff.receiver());
  auto found = co_await handoff;
  if (!found) co_return found.error();
  if (found->fingerprint != on.fingerprint) co_return key_reused();
  if (found->state == storage::IdempotencyState::too_large) co_return answer_too_large();
  if (found->state == storage::IdempotencyState::kept) {
    sink.give(std::move(*found));
    co_return Result<void>{};
  }
  on.flight->set_run();
  const Ask ask = on.owned.ask();
  auto done = co_await pipeline_.run(on.ctx, ask, sink);
  co_return done;
}

}  // namespace headgate::gateway
