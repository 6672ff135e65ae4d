// Passes an answer on, and keeps a good one among its route's last answers. Lives in the pipeline's
// frame, on the call's loop.
#pragma once

#include <string>

#include "gateway/answer_sink.h"
#include "gateway/call.h"
#include "gateway/degraded/last_answers.h"

namespace headgate::gateway {

/// Under which the answer to this call is kept: one for the same request, of the same owner.
std::string answer_key(const Call& call);

class KeepingSink final : public AnswerSink {
 public:
  KeepingSink(Call& call, AnswerSink& answer) : call_(call), answer_(answer) {}

  base::Task<void> whole(const http::ReplyHead& head, std::string_view body) override;
  base::Task<void> begin(const http::ReplyHead& head) override;
  base::Task<void> piece(std::string_view bytes) override;
  base::Task<void> end(std::string_view trailers, std::string_view last) override;
  base::Task<void> broken(std::string_view last) override { return answer_.broken(last); }
  bool can_begin_anew() const override { return answer_.can_begin_anew(); }

 private:
  void add(std::string_view bytes);
  void keep();

  Call& call_;
  AnswerSink& answer_;
  KeptReply reply_;
  std::size_t bytes_max_ = 0;
  bool good_ = false;  // so far
};

}  // namespace headgate::gateway
