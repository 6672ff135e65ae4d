// The JSON-RPC messages in the events of one answer, piece by piece as its bytes come. Keeps what a
// resumed stream needs: the last event's id and the pause that the server asks for. One a stream.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/async/task.h"
#include "http/client/connection.h"
#include "http/sse.h"

namespace headgate::agents::mcp {

class EventReader {
 public:
  EventReader(http::Connection& connection, std::size_t message_bytes_max)
      : connection_(connection), parser_(message_bytes_max) {}

  /// The next event with something in it; nothing at the end of the stream. Lives until the next
  /// call.
  base::Task<std::optional<std::string_view>> next();

  const std::string& last_id() const { return last_id_; }
  std::optional<std::int64_t> retry_ms() const { return retry_ms_; }

 private:
  http::Connection& connection_;
  http::SseParser parser_;
  bool fed_ = false;  // bytes that the parser has not been asked about to their end
  std::string last_id_;
  std::optional<std::int64_t> retry_ms_;
};

}  // namespace headgate::agents::mcp
