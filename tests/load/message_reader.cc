#include "message_reader.h"

#include <strings.h>

#include <charconv>

namespace headgate::load {
namespace {

constexpr std::string_view kHeadEnd = "\r\n\r\n";
constexpr std::size_t kHeadBytesMax = 64 * 1024;

bool iequals(std::string_view a, std::string_view b) {
  return a.size() == b.size() && ::strncasecmp(a.data(), b.data(), a.size()) == 0;
}

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

bool parse_number(std::string_view text, int base, std::uint64_t& out) {
  const auto [end, error] = std::from_chars(text.begin(), text.end(), out, base);
  return error == std::errc{} && end != text.begin();
}

}  // namespace

void MessageReader::reset() {
  state_ = State::head;
  chunked_ = false;
  keep_alive_ = true;
  left_bytes_ = 0;
  partial_.clear();
}

int MessageReader::status() const {
  std::uint64_t code = 0;
  if (start_line_.size() < 12 || !start_line_.starts_with("HTTP/1.")) return 0;
  return parse_number(std::string_view(start_line_).substr(9, 3), 10, code) ? static_cast<int>(code)
                                                                            : 0;
}

std::size_t MessageReader::read_head(std::string_view in) {
  if (partial_.empty()) {
    if (const auto end = in.find(kHeadEnd); end != std::string_view::npos) {
      parse_head(in.substr(0, end));
      return end + kHeadEnd.size();
    }
  }
  const std::size_t before = partial_.size();
  partial_.append(in);
  const auto end = partial_.find(kHeadEnd, before < 3 ? 0 : before - 3);
  if (end == std::string::npos) {
    if (partial_.size() > kHeadBytesMax) state_ = State::failed;
    return in.size();
  }
  const std::string head = partial_.substr(0, end);
  partial_.clear();
  parse_head(head);
  return end + kHeadEnd.size() - before;
}

void MessageReader::parse_head(std::string_view head) {
  auto end = head.find("\r\n");
  start_line_.assign(head.substr(0, end));
  while (end != std::string_view::npos) {
    head.remove_prefix(end + 2);
    end = head.find("\r\n");
    parse_header(head.substr(0, end));
  }
  if (state_ == State::failed) return;
  if (chunked_) {
    state_ = State::chunk_size;
  } else {
    state_ = left_bytes_ == 0 ? State::complete : State::body;
  }
}

void MessageReader::parse_header(std::string_view line) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return;
  const std::string_view name = line.substr(0, colon);
  if (iequals(name, "content-length")) {
    if (!parse_number(trim(line.substr(colon + 1)), 10, left_bytes_)) state_ = State::failed;
  } else if (iequals(name, "transfer-encoding")) {
    chunked_ = iequals(trim(line.substr(colon + 1)), "chunked");
  } else if (iequals(name, "connection")) {
    keep_alive_ = !iequals(trim(line.substr(colon + 1)), "close");
  }
}

std::size_t MessageReader::read_framing(std::string_view in) {
  const auto end = in.find('\n');
  if (end == std::string_view::npos) {
    partial_.append(in);
    if (partial_.size() > kHeadBytesMax) state_ = State::failed;
    return in.size();
  }
  if (partial_.empty()) {
    parse_framing(trim(in.substr(0, end)));
  } else {
    partial_.append(in.substr(0, end));
    const std::string line = std::move(partial_);
    partial_.clear();
    parse_framing(trim(line));
  }
  return end + 1;
}

void MessageReader::parse_framing(std::string_view line) {
  switch (state_) {
    case State::chunk_size:
      if (!parse_number(line, 16, left_bytes_)) {
        state_ = State::failed;
      } else {
        state_ = left_bytes_ == 0 ? State::trailer : State::chunk_data;
      }
      break;
    case State::chunk_end: state_ = line.empty() ? State::chunk_size : State::failed; break;
    case State::trailer:
      if (line.empty()) state_ = State::complete;
      break;
    default: state_ = State::failed;
  }
}

}  // namespace headgate::load
