#include "http_reader.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace headgate::sim {
namespace {

std::uint64_t number(std::string_view text, int base) {
  std::uint64_t out = 0;
  std::from_chars(text.data(), text.data() + text.size(), out, base);
  return out;
}

void lower_names(std::string& head) {
  bool in_name = false;
  for (char& c : head) {
    if (c == '\n') in_name = true;
    if (c == ':') in_name = false;
    if (in_name && c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
}

}  // namespace

void HttpReader::feed(std::string_view bytes) {
  in_ += bytes;
  while (step()) {
  }
}

void HttpReader::next() {
  state_ = State::head;
  head_.clear();
  body_.clear();
  feed({});
}

int HttpReader::status() const {
  return head_.size() < 12 ? 0 : static_cast<int>(number(std::string_view(head_).substr(9, 3), 10));
}

std::string HttpReader::header(std::string_view name) const {
  const std::string key = "\n" + std::string(name) + ": ";
  const auto at = head_.find(key);
  if (at == std::string::npos) return {};
  const auto begin = at + key.size();
  return head_.substr(begin, head_.find('\r', begin) - begin);
}

std::string HttpReader::take_body() { return std::exchange(body_, {}); }

// False: more bytes are needed, or none.
bool HttpReader::step() {
  switch (state_) {
    case State::head: return read_head();
    case State::body: return take_data(State::complete);
    case State::data: return take_data(State::data_end);
    case State::size:
    case State::data_end:
    case State::trailer: return read_framing();
    case State::complete:
    case State::broken: break;
  }
  return false;
}

bool HttpReader::read_head() {
  const auto end = in_.find("\r\n\r\n");
  if (end == std::string::npos) return false;
  head_ = in_.substr(0, end + 2);
  in_.erase(0, end + 4);
  lower_names(head_);
  if (header("transfer-encoding") == "chunked") {
    state_ = State::size;
    return true;
  }
  left_ = number(header("content-length"), 10);
  state_ = left_ > 0 ? State::body : State::complete;
  return true;
}

bool HttpReader::take_data(State then) {
  const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(left_, in_.size()));
  body_.append(in_, 0, size);
  in_.erase(0, size);
  left_ -= size;
  if (left_ == 0) state_ = then;
  return left_ == 0;
}

bool HttpReader::read_line(std::string& line) {
  const auto end = in_.find("\r\n");
  if (end == std::string::npos) return false;
  line = in_.substr(0, end);
  in_.erase(0, end + 2);
  return true;
}

bool HttpReader::read_framing() {
  std::string line;
  if (!read_line(line)) return false;
  if (state_ == State::size) {
    left_ = number(line, 16);
    state_ = line.empty() ? State::broken : left_ > 0 ? State::data : State::trailer;
  } else if (state_ == State::data_end) {
    state_ = line.empty() ? State::size : State::broken;
  } else if (line.empty()) {
    state_ = State::complete;
  }
  return true;
}

}  // namespace headgate::sim
