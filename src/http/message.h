// HTTP/1.1 heads as views into the bytes they were parsed from, and the head of a reply as bytes
// ready to send. Views live as long as the buffer they point into: for a server, until the exchange
// ends.
#pragma once

#include <boost/container/small_vector.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace headgate::http {

enum class Method : std::uint8_t { get, head, post, put, patch, del, options, other };

struct Header {
  std::string_view name;
  std::string_view value;  // without surrounding blanks
};

/// In arrival order, names compared without case.
class Headers {
 public:
  void add(std::string_view name, std::string_view value) { list_.push_back({name, value}); }
  void clear() { list_.clear(); }
  /// The first value of `name`; empty when there is none.
  std::string_view get(std::string_view name) const;
  bool has(std::string_view name) const;
  auto begin() const { return list_.begin(); }
  auto end() const { return list_.end(); }
  std::size_t size() const { return list_.size(); }

 private:
  boost::container::small_vector<Header, 24> list_;
};

enum class BodyKind : std::uint8_t { none, length, chunked, until_close };

struct RequestHead {
  Method method = Method::other;
  std::string_view method_text;
  std::string_view target;  // as sent
  std::string_view path;    // target up to '?'
  std::string_view query;   // after '?'
  Headers headers;
  BodyKind body = BodyKind::none;
  std::uint64_t content_length = 0;
  bool http10 = false;  // knows no chunked coding
  bool keep_alive = true;
  bool expect_continue = false;
};

struct ResponseHead {
  int status = 0;
  std::string_view reason;
  Headers headers;
  BodyKind body = BodyKind::none;
  std::uint64_t content_length = 0;
  bool keep_alive = true;
};

/// The head of a reply, built in place. Framing headers (content-length, transfer-encoding,
/// connection, date) are the session's; a caller adds the rest. CR, LF and NUL in a value become a
/// blank, so no caller can split a response.
class ReplyHead {
 public:
  explicit ReplyHead(int status = 200);
  void add(std::string_view name, std::string_view value);
  int status() const { return status_; }
  const std::string& bytes() const { return bytes_; }  // "name: value\r\n"…

 private:
  int status_;
  std::string bytes_;
};

std::string_view reason_phrase(int status);

}  // namespace headgate::http
