// Keeps a model's answer that the pipeline gives in OpenAI's form, whole or as a stream, and tells
// of its text while it comes. What comes before a stream has begun anew counts for nothing. Lives
// in the call's frame, on its loop.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/money.h"
#include "gateway/answer_sink.h"
#include "http/sse.h"
#include "llm/chat/assembler.h"
#include "llm/chat/codec.h"

namespace headgate::agents {

/// Told of an answer's text as it is written, on the call's loop; must not wait.
class TextSink {
 public:
  virtual ~TextSink() = default;
  virtual void text(std::string_view piece) = 0;
  /// What was told so far is not the answer.
  virtual void withdrawn() = 0;
};

class AnswerKeeper final : public gateway::AnswerSink {
 public:
  /// `text` may be null.
  explicit AnswerKeeper(TextSink* text);
  ~AnswerKeeper() override;

  base::Task<void> whole(const http::ReplyHead& head, std::string_view bytes) override;
  base::Task<void> begin(const http::ReplyHead& head) override;
  base::Task<void> piece(std::string_view bytes) override;
  base::Task<void> end(std::string_view trailers, std::string_view last) override;
  bool can_begin_anew() const override { return true; }

  /// The answer, when the pipeline has done its part. Errors: upstream_status, it is none;
  /// upstream_malformed; upstream_too_large.
  base::Result<llm::chat::Answer> take();
  std::optional<base::Picodollars> cost() const;

 private:
  struct Stream;
  void start(const http::ReplyHead& head);
  base::Result<void> add(std::string_view bytes);
  base::Result<void> add_events(std::string_view bytes);
  base::Result<llm::chat::Answer> take_stream();

  TextSink* text_;
  int status_ = 0;
  std::string head_;  // and trailers
  std::string body_;  // of a whole answer
  std::unique_ptr<Stream> stream_;
  std::optional<base::Error> error_;  // what the pipeline takes for a caller that has left
};

}  // namespace headgate::agents
