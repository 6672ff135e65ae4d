// Passes a streamed chat answer on, block by block and byte for byte, while reading along: when the
// first token comes, what was used, whether it ended whole. The caller's reply begins with the
// first block, so whatever fails before is still an ordinary error. A stream that breaks later ends
// with an error event and no [DONE]; the call is settled before the last bytes leave.
#pragma once

#include <string>
#include <string_view>

#include "gateway/answer_sink.h"
#include "gateway/call.h"
#include "http/client/client.h"
#include "http/sse.h"
#include "llm/openai/chat_stream.h"

namespace headgate::gateway {

class StreamRelay {
 public:
  StreamRelay(Call& call, CallTools& tools, http::ClientCall& upstream, AnswerSink& answer,
              const Timeouts& timeouts);

  /// Errors only while nothing was sent to the caller.
  base::Task<void> run();

 private:
  base::Result<void> read_blocks(std::string_view piece);
  base::Result<void> on_block(const http::SseBlock& block);
  base::Task<void> read_more();
  base::Task<void> flush();
  base::Task<void> finish();
  base::Task<void> broken(base::Error error);
  base::Async<void> drain_upstream();
  base::Error end_of_stream() const;
  http::ReplyHead reply_head() const;
  void note_answer();

  Call& call_;
  CallTools& tools_;
  http::ClientCall& upstream_;
  AnswerSink& answer_;
  Timeouts timeouts_;
  http::SseParser parser_;
  llm::openai::ChatStream stream_;
  std::string out_;        // read, not yet passed on
  bool has_data_ = false;  // a block with data was read: the reply may begin
  bool begun_ = false;
  bool ended_ = false;  // [DONE] or an error event was read
};

}  // namespace headgate::gateway
