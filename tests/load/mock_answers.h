// What hg_mock says: complete HTTP/1.1 responses, built once, in OpenAI's chat completion format or
// as Anthropic's messages; both say the same words. Streams use chunked transfer with one event per
// chunk, as the providers do.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace headgate::load {

enum class Dialect { chat, messages };

/// A whole answer, about 1 KB of body.
std::string_view completion_response(Dialect dialect);
std::string_view not_found_response();
std::string stats_response(std::uint64_t requests, std::uint64_t streams);

/// The head of the response, and in `messages` the events before the first text.
std::string_view stream_head(Dialect dialect);
/// The last events: finish reason, usage (in `chat` only if wanted), the dialect's own end, and the
/// end of the body.
std::string_view stream_end(Dialect dialect, bool with_usage);

/// One content event with a stamp (sse_stamp.h) as its text. Not shared between threads.
class ChunkText {
 public:
  explicit ChunkText(Dialect dialect);
  /// Valid until the next call.
  std::string_view stamped(std::int64_t sent_ns);

 private:
  std::string text_;
  std::size_t stamp_at_;
};

}  // namespace headgate::load
