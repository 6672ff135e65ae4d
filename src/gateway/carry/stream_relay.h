// Carries a streamed answer from the provider to the caller along a StreamPath: reads, waits within
// the deadlines, writes what has come in one go, keeps a silent stream alive. The caller's reply
// begins with the first content (or the first event, as the route says), so whatever fails before
// is still an ordinary error. A stream that breaks later ends with an error event in the caller's
// dialect; the call is settled before the last bytes leave.
#pragma once

#include <optional>
#include <string_view>

#include "gateway/answer_sink.h"
#include "gateway/call.h"
#include "gateway/carry/caller_stream.h"
#include "gateway/delivery/failure.h"
#include "http/client/client.h"
#include "http/sse.h"

namespace headgate::gateway {

class StreamRelay {
 public:
  /// `stream.path` is the way of this attempt.
  StreamRelay(Attempt& attempt, CallTools& tools, http::ClientCall& upstream, AnswerSink& answer,
              CallerStream& stream, const Timeouts& timeouts);

  /// Nothing: the caller has the whole answer. Where `committed`, the caller has a part of it.
  base::Async<std::optional<Failure>> run();
  /// The same for an answer that came in one piece, to a caller who has the beginning of a stream.
  base::Async<std::optional<Failure>> run_whole();

 private:
  base::Result<void> read_blocks(std::string_view piece);
  base::Result<void> on_end();
  base::Task<void> read_more();
  base::Task<void> wait(base::MonoTime until, base::Errc late);
  base::Task<void> flush();
  base::Task<void> finish();
  Failure broken(base::Error error);
  base::Async<void> drain_upstream();
  bool may_begin() const;
  http::ReplyHead reply_head() const;

  Attempt& attempt_;
  Call& call_;
  CallTools& tools_;
  http::ClientCall& upstream_;
  AnswerSink& answer_;
  Timeouts timeouts_;
  CallerStream& stream_;
  http::SseParser parser_;
  bool has_data_ = false;     // a block with data was read
  std::size_t received_ = 0;  // bytes of this provider's stream
};

}  // namespace headgate::gateway
