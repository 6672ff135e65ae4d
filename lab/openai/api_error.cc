#include "lab/openai/api_error.h"

#include "base/text/strings.h"

namespace headgate::lab::openai {
namespace {

void append_or_null(std::string& out, std::string_view key, const std::string& value) {
  out += key;
  if (value.empty()) {
    out += "null";
  } else {
    base::append_json_string(out, value);
  }
}

}  // namespace

std::string error_body(const ApiError& error) {
  std::string out = R"({"error":{"message":)";
  base::append_json_string(out, error.message);
  append_or_null(out, R"(,"type":)", error.type);
  append_or_null(out, R"(,"param":)", error.param);
  append_or_null(out, R"(,"code":)", error.code);
  out += "}}";
  return out;
}

ApiError error_of_status(int status) {
  switch (status) {
    case 400:
      return {
          400, "The request was rejected by the lab's script.", "invalid_request_error", {}, {}};
    case 401:
      return {401, "Incorrect API key provided.", "invalid_request_error", {}, "invalid_api_key"};
    case 403:
      return {403, "You are not allowed to use this resource.", "invalid_request_error", {}, {}};
    case 404: return {404, "The resource was not found.", "invalid_request_error", {}, {}};
    case 408: return {408, "The request timed out.", "timeout", {}, {}};
    case 429:
      return {429, "Rate limit reached for requests.", "requests", {}, "rate_limit_exceeded"};
    case 503:
      return {503,
              "The engine is currently overloaded, please try again later.",
              "server_error",
              {},
              {}};
    default: break;
  }
  if (status >= 500) {
    return {
        status, "The server had an error while processing your request.", "server_error", {}, {}};
  }
  return {status, "The request could not be served.", "invalid_request_error", {}, {}};
}

}  // namespace headgate::lab::openai
