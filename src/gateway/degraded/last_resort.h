// What a call gets when no target has answered, as far as its route has something (`degraded`): one
// thing after the other, until one is given. In the delivery's frame, on the call's loop.
#pragma once

#include <cstddef>

#include "gateway/answer_sink.h"
#include "gateway/call.h"
#include "gateway/delivery/failure.h"
#include "storage/queued/queued_call_store.h"

namespace headgate::gateway {

class LastResort {
 public:
  LastResort(Call& call, CallTools& tools) : call_(call), tools_(tools) {}

  /// Whether there is anything (more) to try after this failure of the targets.
  bool may_help(const Failure& failure) const;
  bool has_begun() const { return next_ > 0; }

  struct Outcome {
    bool answered = false;         // the caller has something, and the call is settled
    const Model* model = nullptr;  // to be tried, once; call.degraded says so meanwhile
  };
  /// The next thing. REQUIRES: may_help(), and nothing was sent.
  base::Async<Outcome> next(AnswerSink& answer);

 private:
  base::Async<bool> give_cached(AnswerSink& answer);
  base::Async<bool> give_canned(AnswerSink& answer);
  base::Async<void> send(std::string_view content_type, bool streamed, std::string_view body,
                         http::ReplyHead& head, AnswerSink& answer);
  base::Async<bool> enqueue(AnswerSink& answer);
  void count(std::string_view kind);
  storage::QueuedCall queued_call() const;
  http::ReplyHead settled(std::string_view kind, std::string output);

  Call& call_;
  CallTools& tools_;
  std::size_t next_ = 0;  // of the route's list
};

}  // namespace headgate::gateway
