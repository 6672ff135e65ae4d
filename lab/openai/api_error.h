// An error as OpenAI's API reports it: the status and the four fields of the body. Plain values and
// pure functions.
#pragma once

#include <string>
#include <string_view>

namespace headgate::lab::openai {

struct ApiError {
  int status = 400;
  std::string message;
  std::string type = "invalid_request_error";
  std::string param;  // empty: null
  std::string code;   // empty: null
};

/// {"error":{"message":…,"type":…,"param":…,"code":…}}
std::string error_body(const ApiError& error);
/// The error the provider sends with `status` when it is at fault or busy.
ApiError error_of_status(int status);

}  // namespace headgate::lab::openai
