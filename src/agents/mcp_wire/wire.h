// How messages reach a remote server and come back: one request with what is told and asked before
// its answer. Implemented over HTTP and over the pipes of a child process. A wire belongs to one
// loop.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agents/mcp/message.h"
#include "agents/mcp/param_headers.h"
#include "base/async/task.h"
#include "base/context.h"

namespace headgate::agents::mcp {

/// What comes from the server while a request is under way.
class WireListener {
 public:
  virtual ~WireListener() = default;
  virtual void told(const Message& notification) = 0;
  /// Of Wire::listen(): from now on the server can tell what it has to.
  virtual void opened() {}
  /// A question of a legacy server. The result, an object; an error is told as such.
  virtual base::Task<std::string> asked(base::Context& ctx, const Message& request) = 0;
};

struct WireRequest {
  std::string id;  // as written
  std::string method;
  std::string params;
  std::vector<HeaderLine> headers;  // where there are headers
  bool once = true;                 // it must not reach the server twice
};

struct WireError {
  std::int64_t code = 0;
  std::string message;
  std::string data;  // one JSON value; empty: none
};

/// The answer, or what stood in place of one.
struct WireAnswer {
  std::string result;              // an object; empty: there is none
  std::optional<WireError> error;  // JSON-RPC's
  int http_status = 200;
  std::string challenge;  // of a 401 or 403: WWW-Authenticate
};

/// The answer that a message is.
WireAnswer answer_of(const Message& message);

class Wire {
 public:
  virtual ~Wire() = default;
  /// Errors: upstream_…, timeout_…, cancelled. By ctx.deadline at the latest. A status that
  /// refuses, upstream_connect and the like only where the request was not taken; once the server
  /// has begun to answer, what becomes of the answer is never told as one of them.
  virtual base::Task<WireAnswer> request(base::Context& ctx, const WireRequest& request,
                                         WireListener& listener) = 0;
  /// A message that has no answer.
  virtual base::Task<void> send(base::Context& ctx, const std::string& message) = 0;
  /// Listens for what the server tells without being asked, until it ends the stream or `ctx` is
  /// cancelled. Only in the legacy era; nothing where a wire has no such stream. A server that does
  /// not say within connect_timeout_ms whether it has one is Errc::timeout_total.
  virtual base::Task<void> listen(base::Context& ctx, WireListener& listener) = 0;
  /// From now on, of all messages.
  virtual void set_version(std::string_view version) = 0;
  /// Whether a session of the legacy era has begun. forget_session() begins anew.
  virtual bool has_session() const = 0;
  virtual void forget_session() = 0;
  /// Ends the session with the server, as far as that can be done quickly.
  virtual base::Task<void> close(base::Context& ctx) = 0;
  virtual bool has_headers() const = 0;
  /// Whether what the server was told at the beginning still holds; else begin anew.
  virtual bool alive() const = 0;
};

}  // namespace headgate::agents::mcp
