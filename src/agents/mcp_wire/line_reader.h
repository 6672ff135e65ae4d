// Lines out of bytes that come in any cut, each at most so long. What goes beyond is not kept: the
// reader says so, and whoever reads decides. Pure; one a stream.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace headgate::agents::mcp {

class LineReader {
 public:
  explicit LineReader(std::size_t line_bytes_max) : line_bytes_max_(line_bytes_max) {}

  /// REQUIRES: next() has returned nothing since the last feed(), and the line was not too long.
  void feed(std::string_view bytes);
  /// The next whole line, without its end. Lives until the next feed() or cut().
  std::optional<std::string_view> next();
  /// What is there is longer than a line may be, and has no end yet.
  bool too_long() const { return held_.size() - begin_ > line_bytes_max_; }
  /// Of a line that is too long: what is there of it, taken out.
  std::string cut();

 private:
  const std::size_t line_bytes_max_;
  std::string held_;
  std::size_t begin_ = 0;    // of what was not taken
  std::size_t scanned_ = 0;  // no line end before here
};

/// `message` as a line: line ends between its tokens become blanks.
std::string as_line(std::string message);

}  // namespace headgate::agents::mcp
