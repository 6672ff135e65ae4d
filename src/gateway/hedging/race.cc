#include "gateway/hedging/race.h"

namespace headgate::gateway {

void Race::Lane::enter(Race& race, Attempt& its_attempt, CallerStream& its_stream) {
  attempt = &its_attempt;
  attempt->race = &race;
  attempt->cancellation = &cancellation;
  stream = &its_stream;
}

// The attempts are the call's and outlive it.
Race::~Race() {
  for (const Lane* lane : {&first, &second}) {
    if (!lane->has_begun()) continue;
    lane->attempt->race = nullptr;
    lane->attempt->cancellation = &call_.ctx.cancellation;
  }
}

// The loser's record is made here: the winner may settle the call before the loser's coroutine has
// noticed.
bool Race::claim(Attempt& attempt) {
  if (winner_ != nullptr) return winner_->attempt == &attempt;
  Lane& own = first.attempt == &attempt ? first : second;
  Lane& other = first.attempt == &attempt ? second : first;
  winner_ = &own;
  call_.answers(attempt);
  if (&own == &second) call_.hedge = "won";
  if (other.has_begun() && !other.attempt->ended) {
    if (&own == &first) call_.hedge = "lost";
    attempt.attributes.push_back({"hedge", "won"});
    if (other.stream->path) other.stream->path->note(*other.attempt);
    other.attempt->lose();
  }
  other.cancellation.cancel();
  return true;
}

bool may_answer(Attempt& attempt) {
  return attempt.race == nullptr || attempt.race->claim(attempt);
}

base::Error lost_race() {
  return base::fail(base::Errc::cancelled, "another attempt at the same call was faster");
}

}  // namespace headgate::gateway
