// The chunked transfer coding, decoded strictly and without copying: next() is called with what has
// arrived and says how much of it is used and which part is body. Pure; one per body.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace headgate::http {

class ChunkedDecoder {
 public:
  static constexpr std::size_t kLineBytesMax = 256;             // size line with its extensions
  static constexpr std::size_t kExtensionBytesMax = 16 * 1024;  // of all chunks of a body
  static constexpr std::size_t kTrailerBytesMax = 8 * 1024;     // all trailer lines together

  struct Step {
    std::size_t consumed = 0;  // bytes of the input that are done with
    std::string_view data;     // body bytes among them
  };

  /// One step over `in`: the next piece of body, or framing bytes taken away. consumed == 0 means
  /// that more input is needed, or that done().
  base::Result<Step> next(std::string_view in);
  bool done() const { return state_ == State::done; }

 private:
  enum class State : std::uint8_t { size, data, data_end, trailer, done };
  base::Result<Step> take_size(std::string_view in);
  base::Result<Step> take_data(std::string_view in);
  base::Result<Step> take_data_end(std::string_view in);
  base::Result<Step> take_trailer(std::string_view in);

  State state_ = State::size;
  std::uint64_t left_ = 0;
  std::size_t extension_bytes_ = 0;
  std::size_t trailer_bytes_ = 0;
};

/// Appends "<hex size>\r\n" for a chunk of `bytes`.
std::size_t format_chunk_size(std::size_t bytes, char (&out)[20]);

}  // namespace headgate::http
