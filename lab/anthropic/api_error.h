// An error as Anthropic's API reports it: the status, a type that follows from it, and a message.
// Plain values and pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace headgate::lab::anthropic {

struct ApiError {
  int status = 400;
  std::string message;
  std::string code = {};  // error.details.error_code; empty: no details
};

using Problem = std::optional<ApiError>;

/// {"type":"error","error":{"type":…,"message":…},"request_id":…}
std::string error_body(const ApiError& error, std::string_view request_id);
/// The error the provider sends with `status` when it is at fault or busy.
ApiError error_of_status(int status);

}  // namespace headgate::lab::anthropic
