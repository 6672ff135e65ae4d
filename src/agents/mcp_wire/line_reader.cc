#include "agents/mcp_wire/line_reader.h"

#include <algorithm>
#include <utility>

namespace headgate::agents::mcp {

void LineReader::feed(std::string_view bytes) {
  held_.erase(0, begin_);
  scanned_ -= std::exchange(begin_, 0);
  held_ += bytes;
}

std::optional<std::string_view> LineReader::next() {
  const std::size_t end = held_.find('\n', scanned_);
  if (end == std::string::npos) {
    scanned_ = held_.size();
    return std::nullopt;
  }
  std::string_view line = std::string_view(held_).substr(begin_, end - begin_);
  begin_ = scanned_ = end + 1;
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

std::string LineReader::cut() {
  std::string out = held_.substr(begin_, line_bytes_max_);
  held_.clear();
  begin_ = scanned_ = 0;
  return out;
}

std::string as_line(std::string message) {
  std::replace_if(
      message.begin(), message.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
  message += '\n';
  return message;
}

}  // namespace headgate::agents::mcp
