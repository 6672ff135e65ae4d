// An error as Google's APIs report it: an HTTP status, the canonical status name that goes with it,
// a message, and typed details. Plain values and pure functions.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace headgate::lab::gemini {

/// What is wrong with one field of a request.
struct Violation {
  std::string field;  // "contents[0].parts"; empty: the whole of it
  std::string description;
};

struct ApiError {
  int status = 400;
  std::string message;
  std::vector<Violation> violations = {};  // details: google.rpc.BadRequest
  std::string reason = {};                 // details: google.rpc.ErrorInfo
  std::string retry_delay = {};            // "34s", details: google.rpc.RetryInfo
  std::string status_name = {};            // empty: the usual one
};

using Problem = std::optional<ApiError>;

/// {"error":{"code":…,"message":…,"status":…,"details":[…]}}
std::string error_body(const ApiError& error);
/// The error the provider sends with `status` when it is at fault or busy.
ApiError error_of_status(int status);

}  // namespace headgate::lab::gemini
