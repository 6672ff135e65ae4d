// Incremental HTTP/1.1 reader for both sides of the bench: heads, bodies by Content-Length and
// chunked bodies. It trusts its peer (the bench's own programs and the proxies between them):
// framing mistakes are failures, but it is no defence against hostile input. One message at a time;
// one owner, one thread.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

namespace headgate::load {

class MessageReader {
 public:
  /// Reads as much of `in` as belongs to the current message and returns how many bytes that was.
  /// Body bytes go to `on_body(std::string_view)`, without chunk framing.
  template <class OnBody>
  std::size_t feed(std::string_view in, OnBody&& on_body);
  /// Ready for the next message on the same connection.
  void reset();

  bool is_complete() const { return state_ == State::complete; }
  bool has_failed() const { return state_ == State::failed; }
  /// Nothing of the current message has arrived yet.
  bool is_fresh() const { return state_ == State::head && partial_.empty(); }
  bool keep_alive() const { return keep_alive_; }
  /// "POST /v1/models HTTP/1.1" or "HTTP/1.1 200 OK". Valid from the end of the head until reset().
  const std::string& start_line() const { return start_line_; }
  /// Of a response; 0 if the start line is not one.
  int status() const;

 private:
  enum class State : std::uint8_t {
    head,
    body,
    chunk_size,
    chunk_data,
    chunk_end,
    trailer,
    complete,
    failed
  };

  std::size_t read_head(std::string_view in);
  void parse_head(std::string_view head);
  void parse_header(std::string_view line);
  std::size_t read_framing(std::string_view in);
  void parse_framing(std::string_view line);
  bool in_data() const { return state_ == State::body || state_ == State::chunk_data; }

  State state_ = State::head;
  bool chunked_ = false;
  bool keep_alive_ = true;
  std::uint64_t left_bytes_ = 0;  // of the body or of the current chunk
  std::string start_line_;
  std::string partial_;  // a head or a framing line that has not arrived whole
};

template <class OnBody>
std::size_t MessageReader::feed(std::string_view in, OnBody&& on_body) {
  std::size_t used = 0;
  while (used < in.size() && state_ != State::complete && state_ != State::failed) {
    const std::string_view rest = in.substr(used);
    if (state_ == State::head) {
      used += read_head(rest);
    } else if (in_data()) {
      const std::size_t size = std::min<std::uint64_t>(left_bytes_, rest.size());
      on_body(rest.substr(0, size));
      left_bytes_ -= size;
      used += size;
      if (left_bytes_ == 0) state_ = chunked_ ? State::chunk_end : State::complete;
    } else {
      used += read_framing(rest);
    }
  }
  return used;
}

}  // namespace headgate::load
