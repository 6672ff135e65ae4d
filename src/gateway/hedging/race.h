// Two attempts at one call at the same time, of which one answers the caller: the first that has
// something to say. From that moment the other is over: cancelled, its connection closed, recorded
// as lost. Stands in the frame of whoever waits for both, on the call's loop.
#pragma once

#include <optional>

#include "base/async/cancellation.h"
#include "gateway/call.h"
#include "gateway/carry/caller_stream.h"
#include "gateway/delivery/failure.h"

namespace headgate::gateway {

class Race {
 public:
  /// One side. It is cancelled with the call, or alone.
  class Lane {
   public:
    explicit Lane(base::Cancellation& of_call)
        : on_call_cancelled_(
              of_call, [](void* own) { static_cast<base::Cancellation*>(own)->cancel(); },
              &cancellation) {}
    void enter(Race& race, Attempt& its_attempt, CallerStream& its_stream);
    bool has_begun() const { return attempt != nullptr; }

    base::Cancellation cancellation;
    Attempt* attempt = nullptr;
    CallerStream* stream = nullptr;
    std::optional<Failure> outcome;  // once it is over; nothing: it has answered

   private:
    base::Cancellation::Callback on_call_cancelled_;
  };

  explicit Race(Call& call)
      : first(call.ctx.cancellation), second(call.ctx.cancellation), call_(call) {}
  ~Race();
  Race(const Race&) = delete;
  Race& operator=(const Race&) = delete;

  /// Whether `attempt` is the one that answers. The first that asks is.
  bool claim(Attempt& attempt);
  /// Null: nobody has answered.
  const Lane* winner() const { return winner_; }

  Lane first;
  Lane second;

 private:
  Call& call_;
  const Lane* winner_ = nullptr;
};

/// To be asked before anything is written to the caller. An attempt that is alone always may.
bool may_answer(Attempt& attempt);
/// What an attempt ends with that may not.
base::Error lost_race();

}  // namespace headgate::gateway
