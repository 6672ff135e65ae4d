#include "http/sse.h"

#include <algorithm>

#include "base/text/strings.h"

namespace headgate::http {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// The first CR or LF at or behind `from`, else the size. In windows, so that the search for the one
// does not run far ahead of the other.
std::size_t find_line_end(std::string_view text, std::size_t from) {
  constexpr std::size_t kWindow = 512;
  for (; from < text.size(); from += kWindow) {
    const std::string_view window = text.substr(from, kWindow);
    const std::size_t lf = window.find('\n');
    const std::size_t cr = window.substr(0, lf).find('\r');
    const std::size_t end = std::min(lf, cr);
    if (end != std::string_view::npos) return from + end;
  }
  return text.size();
}

}  // namespace

void SseParser::feed(std::string_view bytes) {
  in_held_ = !held_.empty();
  if (in_held_) held_.append(bytes);
  buffer_ = in_held_ ? std::string_view(held_) : bytes;
}

// What was fed belongs to the caller; what is left of it has to be copied.
void SseParser::keep_tail() {
  if (in_held_) {
    held_.erase(0, begin_);
  } else {
    held_.assign(buffer_.substr(begin_));
  }
  in_held_ = true;
  buffer_ = held_;
  begin_ = 0;
}

base::Result<bool> SseParser::next(SseBlock& block) {
  bool blank = false;
  while (!blank && take_line(blank)) {
  }
  const std::size_t size = blank ? line_ : pending();
  if (size > block_bytes_max_) {
    return base::fail(
        base::Errc::upstream_too_large,
        "an event of the stream is larger than " + std::to_string(block_bytes_max_) + " bytes");
  }
  if (blank) {
    fill(block);
  } else {
    keep_tail();
  }
  return blank;
}

// Takes the next line with its end, if all of it is there. A CR that is the last byte may be half
// of a CR LF, so it waits; except behind a line that a bare CR ended: such a stream does not use CR
// LF, and its blank line must not wait for the next event (an LF behind it makes a blank block of
// its own).
bool SseParser::take_line(bool& blank) {
  const std::string_view all = buffer_.substr(begin_);
  const std::size_t end = find_line_end(all, scanned_);
  scanned_ = end;
  if (end == all.size()) return false;
  Part line{line_, end - line_};
  if (first_line_ && text(line).starts_with(kByteOrderMark)) {
    line = {line.begin + kByteOrderMark.size(), line.size - kByteOrderMark.size()};
  }
  blank = line.size == 0;
  const bool is_cr = all[end] == '\r';
  const bool alone = blank && bare_cr_;
  if (is_cr && !alone && end + 1 == all.size() && !ended_) {
    blank = false;
    return false;
  }
  const bool is_crlf = is_cr && !alone && end + 1 < all.size() && all[end + 1] == '\n';
  if (!blank) take_field(line);
  first_line_ = false;
  bare_cr_ = is_cr && !is_crlf;
  line_ = scanned_ = end + (is_crlf ? 2 : 1);
  return true;
}

void SseParser::take_field(Part line) {
  const std::string_view content = text(line);
  const std::size_t colon = std::min(content.find(':'), content.size());
  const std::string_view field = content.substr(0, colon);
  std::size_t skip = std::min(colon + 1, content.size());
  if (skip < content.size() && content[skip] == ' ') ++skip;
  const Part value{line.begin + skip, line.size - skip};
  if (field == "data") {
    data_.push_back(value);
  } else if (field == "event") {
    name_ = value;
  } else if (field == "id") {
    if (text(value).find('\0') == std::string_view::npos) last_id_ = text(value);
  } else if (field == "retry") {
    const auto number = base::parse_u64(text(value));
    if (number && *number <= INT64_MAX) retry_ms_ = static_cast<std::int64_t>(*number);
  }
}

// The current block ends where the next line would start.
void SseParser::fill(SseBlock& block) {
  block.raw = text({0, line_});
  block.has_data = !data_.empty();
  block.data = {};
  if (data_.size() == 1) {
    block.data = text(data_.front());
  } else if (block.has_data) {
    joined_.clear();
    for (const Part& part : data_) joined_.append(text(part)).push_back('\n');
    joined_.pop_back();
    block.data = joined_;
  }
  block.name = text(name_);
  block.id = last_id_;
  block.retry_ms = std::exchange(retry_ms_, std::nullopt);
  begin_ += line_;
  line_ = scanned_ = 0;
  data_.clear();
  name_ = {};
  bare_cr_ = false;
}

}  // namespace headgate::http
