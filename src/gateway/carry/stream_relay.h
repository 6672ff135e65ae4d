// Carries a streamed answer from the provider to the caller along a StreamPath: reads, waits within
// the deadlines, writes what has come in one go, keeps a silent stream alive. The caller's reply
// begins with the first content (or the first event, as the route says), so whatever fails before
// is still an ordinary error. A stream that breaks later ends with an error event in the caller's
// dialect; the call is settled before the last bytes leave.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "gateway/answer_sink.h"
#include "gateway/call.h"
#include "gateway/carry/stream_path.h"
#include "http/client/client.h"
#include "http/sse.h"

namespace headgate::gateway {

class StreamRelay {
 public:
  StreamRelay(Call& call, CallTools& tools, http::ClientCall& upstream, AnswerSink& answer,
              const Timeouts& timeouts);

  /// Errors only while nothing was sent to the caller.
  base::Task<void> run();

 private:
  base::Result<void> read_blocks(std::string_view piece);
  base::Result<void> on_end();
  base::Task<void> read_more();
  base::Task<void> wait(base::MonoTime until, base::Errc late);
  base::Task<void> flush();
  base::Task<void> finish();
  base::Task<void> broken(base::Error error);
  base::Async<void> drain_upstream();
  bool may_begin() const;
  http::ReplyHead reply_head() const;

  Call& call_;
  CallTools& tools_;
  http::ClientCall& upstream_;
  AnswerSink& answer_;
  Timeouts timeouts_;
  http::SseParser parser_;
  std::unique_ptr<StreamPath> path_;
  std::string out_;        // read, not yet passed on
  bool has_data_ = false;  // a block with data was read
  bool begun_ = false;
  base::MonoTime sent_at_;  // when the caller last got something
};

}  // namespace headgate::gateway
