// What happens to a provider's stream on its way to the caller, block by block: passed on byte for
// byte while reading along, or read in one dialect and written in another. stream_relay.h does the
// I/O around it. One object a stream; not thread-safe.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "gateway/call.h"
#include "gateway/carry/unfinished_answer.h"
#include "http/sse.h"
#include "llm/chat/answer.h"
#include "llm/chat/codec.h"

namespace headgate::gateway {

class StreamPath {
 public:
  virtual ~StreamPath() = default;
  /// Takes a block with data; appends to `out` what the caller gets of it. Errors: the stream
  /// cannot be read.
  virtual base::Result<void> take(const http::SseBlock& block, std::string& out) = 0;
  /// The same of a provider that answers whole where a stream was asked for. Errors:
  /// upstream_malformed.
  virtual base::Result<void> take_whole(std::string_view body, std::string& out);
  /// The provider's stream ended in order. Errors: upstream_truncated.
  virtual base::Result<void> close(std::string& out) = 0;
  /// Whether the answer, or the provider's error, is whole: nothing more is wanted.
  virtual bool ended() const = 0;
  /// Text, reasoning or a call has come.
  virtual bool has_content() const = 0;
  /// What the provider said went wrong within its answer. The caller was told in `out`.
  virtual std::optional<llm::chat::ProviderError> error() const = 0;
  /// Appends what was held back until the answer is stored.
  virtual void release_end(std::string&) {}
  /// The last bytes, sent when the call is settled.
  virtual std::string_view farewell() const { return {}; }
  /// Appends an error event: the stream failed on our side.
  virtual void fail(const base::Error& error, std::string& out) = 0;
  /// Appends a sign of life that clients ignore.
  virtual void keep_alive(std::string& out) = 0;
  /// Tells the attempt what was answered.
  virtual void note(Attempt& attempt) const = 0;
  /// The whole answer, where it was read as such and nothing of it was cut; else null.
  virtual const llm::chat::Answer* answer() const { return nullptr; }
  /// What the caller has got so far, for another attempt to go on from; nothing where that is not
  /// possible. The path is of no further use.
  virtual std::optional<UnfinishedAnswer> release() = 0;
};

/// The path from the provider's dialect to the caller's.
std::unique_ptr<StreamPath> make_stream_path(const Attempt& attempt);

}  // namespace headgate::gateway
