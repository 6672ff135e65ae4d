// Calls with an Idempotency-Key are made once: the first makes the call, in a task of its own that
// goes on for as long as anybody listens; those that come meanwhile listen too, and those that come
// later get what was kept. Calls without the header, or on routes that do not obey it, go straight
// to the pipeline. One a loop, used by its thread; the flights are everybody's.
#pragma once

#include <memory>
#include <string_view>

#include "base/async/task_group.h"
#include "gateway/idempotency/flight_sink.h"
#include "gateway/idempotency/flights.h"
#include "gateway/pipeline.h"

namespace headgate::gateway {

class Once {
 public:
  Once(base::Loop& loop, Pipeline& pipeline, const CallTools& tools, Flights& flights,
       storage::IdempotencyStore& store)
      : loop_(loop),
        pipeline_(pipeline),
        tools_(tools),
        flights_(flights),
        store_(store),
        calls_(loop, nullptr) {}

  /// As Pipeline::run. `principal` is ctx.principal, `path` the endpoint's.
  base::Task<void> run(base::Context& ctx, const std::shared_ptr<const base::Principal>& principal,
                       std::string_view path, const Ask& ask, AnswerSink& answer);

 private:
  struct Journey;
  struct Listener;
  bool obeys(Call& call);
  base::Result<Flights::Boarded> board(Call& call,
                                       const std::shared_ptr<const base::Principal>& principal,
                                       std::string_view path);
  base::Task<void> follow(Call& call, Listener& listener, AnswerSink& answer);
  base::Task<void> finish(Call& call, Listener& listener, const Flight::News& news,
                          AnswerSink& answer);
  base::Async<void> fly(std::unique_ptr<Journey> journey);
  base::Task<void> make_call(Journey& journey, FlightSink& sink);

  base::Loop& loop_;
  Pipeline& pipeline_;
  CallTools tools_;
  Flights& flights_;
  storage::IdempotencyStore& store_;
  base::TaskGroup calls_;
};

}  // namespace headgate::gateway
