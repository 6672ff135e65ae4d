// One HTTP/1.1 message after the other, as the simulated peers read them: requests at the provider,
// replies at the clients. Shares no code with the gateway's parsers, which are what is tested. Lets
// through what it understands; anything else is broken(). One a connection.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace headgate::sim {

class HttpReader {
 public:
  void feed(std::string_view bytes);
  /// Ready for the next message, which may have come in part.
  void next();

  bool has_head() const { return state_ != State::head; }
  bool complete() const { return state_ == State::complete; }
  bool broken() const { return state_ == State::broken; }
  /// Nothing of the next message has come.
  bool fresh() const { return state_ == State::head && in_.empty(); }
  /// Of a reply.
  int status() const;
  /// Of the head; empty when there is none. `name` in lower case.
  std::string header(std::string_view name) const;
  /// Body that has come since the last call, without chunk framing.
  std::string take_body();

 private:
  enum class State : std::uint8_t { head, body, size, data, data_end, trailer, complete, broken };
  bool step();
  bool read_head();
  bool take_data(State then);
  bool read_line(std::string& line);
  bool read_framing();

  State state_ = State::head;
  std::string in_;
  std::string head_;  // header names in lower case
  std::string body_;
  std::uint64_t left_ = 0;
};

}  // namespace headgate::sim
