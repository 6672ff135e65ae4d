// One message of JSON-RPC 2.0 as MCP restricts it: read strictly (no batches, ids are strings or
// integers, parameters an object, no member twice), and written. Views point into the text that was
// read. Pure; a fuzzer feeds it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "agents/mcp/protocol.h"

namespace headgate::agents::mcp {

/// An error as JSON-RPC carries it.
struct RpcError {
  RpcCode code = RpcCode::internal_error;
  std::string message;
  std::string data;  // one JSON value; empty: none
  /// Of the HTTP reply that carries it alone.
  int http_status = 200;
};

enum class MessageKind : std::uint8_t { request, notification, result, error };

struct Message {
  MessageKind kind = MessageKind::request;
  std::string_view id;      // as written: a string with its quotes, or an integer; empty: none
  std::string method;       // of requests and notifications
  std::string_view params;  // an object; empty: none
  std::string_view result;  // an object
  std::string_view error;   // an object
};

struct MessageRead {
  Message message;                // as far as it could be read: an error names its id
  std::optional<RpcError> wrong;  // nothing: it is a message
};

inline constexpr std::size_t kMessageDepthMax = 128;
inline constexpr std::size_t kIdBytesMax = 256;

MessageRead read_message(std::string_view text, std::size_t depth_max = kMessageDepthMax);

/// The error that another party has sent; its code as it came.
struct RemoteError {
  std::int64_t code = 0;
  std::string message;
  std::string_view data;  // as written; empty: none
};
RemoteError read_error(const Message& message);

// Written as they go over the wire, without a line end. `id` as written, `params`, `result` and
// `data` one JSON value each; an empty `id` or `params` is left out.
std::string write_request(std::string_view id, std::string_view method, std::string_view params);
std::string write_notification(std::string_view method, std::string_view params);
std::string write_result(std::string_view id, std::string_view result);
std::string write_error(std::string_view id, const RpcError& error);

}  // namespace headgate::agents::mcp
