#include "lab/anthropic/api_error.h"

#include <fmt/format.h>

#include "base/text/strings.h"

namespace headgate::lab::anthropic {
namespace {

std::string_view type_of(int status) {
  switch (status) {
    case 401: return "authentication_error";
    case 402: return "billing_error";
    case 403: return "permission_error";
    case 404: return "not_found_error";
    case 408:
    case 504: return "timeout_error";
    case 409: return "conflict_error";
    case 413: return "request_too_large";
    case 429: return "rate_limit_error";
    case 529: return "overloaded_error";
    default: return status >= 500 ? "api_error" : "invalid_request_error";
  }
}

std::string_view message_of(int status) {
  switch (status) {
    case 400: return "The request was rejected by the lab's script.";
    case 401: return "invalid x-api-key";
    case 402: return "Your credit balance is too low to access the Anthropic API.";
    case 403: return "Request not allowed";
    case 404: return "Not found";
    case 408:
    case 504: return "Request timed out";
    case 413: return "Request exceeds the maximum size";
    case 429: return "This request would exceed your organization's rate limit.";
    case 529: return "Overloaded";
    default: return status >= 500 ? "Internal server error" : "The request could not be served.";
  }
}

}  // namespace

std::string error_body(const ApiError& error, std::string_view request_id) {
  const std::string details = error.code.empty() ? ""
                                                 : fmt::format(R"(,"details":{{"error_code":{}}})",
                                                               base::json_string(error.code));
  return fmt::format(R"({{"type":"error","error":{{"type":"{}","message":{}{}}},"request_id":{}}})",
                     type_of(error.status), base::json_string(error.message), details,
                     base::json_string(request_id));
}

ApiError error_of_status(int status) { return {status, std::string(message_of(status))}; }

}  // namespace headgate::lab::anthropic
