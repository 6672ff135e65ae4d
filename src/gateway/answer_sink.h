// Where an answer goes: the caller's side of a call. The HTTP endpoints implement it, and so does
// whatever calls the pipeline from inside the process. Used from one loop.
#pragma once

#include <string_view>

#include "base/async/task.h"
#include "http/message.h"

namespace headgate::gateway {

class AnswerSink {
 public:
  virtual ~AnswerSink() = default;
  /// A whole answer.
  virtual base::Task<void> whole(const http::ReplyHead& head, std::string_view body) = 0;
  /// A streamed one: begin, any number of pieces, end with the last of them.
  virtual base::Task<void> begin(const http::ReplyHead& head) = 0;
  virtual base::Task<void> piece(std::string_view bytes) = 0;
  virtual base::Task<void> end(std::string_view trailers, std::string_view last) = 0;
  /// In place of end: the stream has failed, and `last` says so.
  virtual base::Task<void> broken(std::string_view last) { return end({}, last); }
  /// Whether what it got counts for nothing when it gets `begin` or `whole` once more. A stream is
  /// then treated like a whole answer until it has ended: the call's deadline holds, and one that
  /// breaks is asked for again, here or elsewhere.
  virtual bool can_begin_anew() const { return false; }
};

}  // namespace headgate::gateway
