// An incremental parser of text/event-stream (WHATWG HTML, "server-sent events") over bytes that
// arrive in any cut. Gives one block after the other with the exact bytes it was made of, so a
// relay forwards those untouched. A block that lies in one piece and has one data line is not
// copied. Pure, one object per stream. Invariants: the raw bytes of all blocks and the pending
// ones, in order, are exactly the bytes that were fed; how the bytes were cut does not change any
// block.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace headgate::http {

/// Everything up to and including a blank line. Views are valid until the next call of the parser.
struct SseBlock {
  std::string_view raw;   // with the blank line; may be a comment, or a blank line alone
  bool has_data = false;  // false: nothing to dispatch (keep-alive comments and the like)
  std::string_view data;  // data lines joined by LF
  std::string_view name;  // of the event; empty: "message"
  std::string_view id;    // the last id the stream has set
  std::optional<std::int64_t> retry_ms;
};

class SseParser {
 public:
  explicit SseParser(std::size_t block_bytes_max = 8 << 20) : block_bytes_max_(block_bytes_max) {}
  SseParser(const SseParser&) = delete;
  SseParser& operator=(const SseParser&) = delete;

  /// Hands over the next bytes; they must stay valid until next() has returned false or an error.
  /// REQUIRES: next() returned false since the last feed().
  void feed(std::string_view bytes);
  /// No more bytes will come: a CR at the end, which waited for its LF, counts. Then next() as
  /// before.
  void end() { ended_ = true; }

  /// True: `block` is filled. False: more bytes are needed.
  /// Errors: upstream_too_large, when a block exceeds the limit; the parser is then of no further
  /// use.
  base::Result<bool> next(SseBlock& block);

  /// Bytes of the block that is not finished. After the end of the stream: of an event that was
  /// cut.
  std::size_t pending() const { return buffer_.size() - begin_; }

 private:
  // A piece of the current block. Relative to begin_, so it survives the move into held_.
  struct Part {
    std::size_t begin = 0;
    std::size_t size = 0;
  };

  bool take_line(bool& blank);
  void take_field(Part line);
  void fill(SseBlock& block);
  void keep_tail();
  std::string_view text(Part part) const { return buffer_.substr(begin_ + part.begin, part.size); }

  std::size_t block_bytes_max_;
  std::string_view buffer_;  // what was fed, or held_
  std::string held_;         // the unfinished block and what came behind it
  bool in_held_ = false;     // buffer_ is held_
  std::size_t begin_ = 0;    // of the current block, in buffer_
  std::size_t line_ = 0;     // of the current line, from begin_
  std::size_t scanned_ = 0;  // no line end between line_ and here, from begin_
  std::vector<Part> data_;
  Part name_;
  std::string joined_;
  std::string last_id_;
  std::optional<std::int64_t> retry_ms_;
  bool first_line_ = true;  // a byte order mark may precede it
  bool bare_cr_ = false;    // the last line of this block ended with a CR alone
  bool ended_ = false;
};

}  // namespace headgate::http
