// What hg_mock says: complete HTTP/1.1 responses in OpenAI's chat completion format, built once.
// Streams use chunked transfer with one event per chunk, as the provider does.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace headgate::load {

/// A whole chat completion, about 1 KB of body.
std::string_view completion_response();
std::string_view not_found_response();
std::string stats_response(std::uint64_t requests, std::uint64_t streams);

std::string_view stream_head();
/// The last events: finish reason, usage if wanted, [DONE], and the end of the body.
std::string_view stream_end(bool with_usage);

/// One content event with a stamp (sse_stamp.h) as its text. Not shared between threads.
class ChunkText {
 public:
  ChunkText();
  /// Valid until the next call.
  std::string_view stamped(std::int64_t sent_ns);

 private:
  std::string text_;
  std::size_t stamp_at_;
};

}  // namespace headgate::load
