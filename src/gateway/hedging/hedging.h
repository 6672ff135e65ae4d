// Makes an attempt, and a second one beside it where the first is slow to begin (the route's
// `hedge`). Each costs money, so there are few conditions under which a second is made and many
// under which it is not; every one of them is counted. In the delivery's frame, on the call's loop.
#pragma once

#include <memory>
#include <optional>

#include "gateway/delivery/deliver.h"
#include "gateway/delivery/make_attempt.h"
#include "gateway/delivery/plan.h"
#include "gateway/hedging/race.h"

namespace headgate::gateway {

class Hedging {
 public:
  Hedging(Call& call, const DeliveryTools& tools, AnswerSink& answer, Plan& plan);

  /// How long `attempt` has to begin its answer before another is made; nothing: as long as it
  /// likes.
  std::optional<base::Duration> patience(const Attempt& attempt) const;

  /// make_attempt() with another beside it after `patience`. What comes back is of the one that
  /// has answered, and `stream` is its; where none has, of the first.
  base::Async<std::optional<Failure>> make(Attempt& attempt, AttemptPlaces& places,
                                           base::Duration patience,
                                           std::unique_ptr<CallerStream>& stream);

 private:
  base::Async<void> run_first(Race& race, AttemptPlaces& places);
  base::Async<void> run_second(Race& race, base::MonoTime at, CallerStream& stream);
  std::unique_ptr<Attempt> ready(AttemptPlaces& places);
  std::string_view obstacle(Attempt& attempt, AttemptPlaces& places);
  void count(std::string_view outcome);

  Call& call_;
  DeliveryTools tools_;
  AnswerSink& answer_;
  Plan& plan_;
  std::int64_t left_;  // second attempts that may be made
};

}  // namespace headgate::gateway
