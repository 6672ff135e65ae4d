#include "llm/openai/request_errors.h"

#include <string>

namespace headgate::llm::openai {
namespace {

base::Error invalid_request(std::string detail, std::string_view param) {
  return base::fail(base::Errc::invalid_request, std::move(detail), std::string(param));
}

}  // namespace

base::Error wrong_type(std::string_view param, std::string_view expected, base::json::Kind got) {
  return invalid_request("Invalid type for '" + std::string(param) + "': expected " +
                             std::string(expected) + ", but got " + std::string(name(got)) +
                             " instead.",
                         param);
}

base::Error invalid(std::string_view param, std::string_view why) {
  return invalid_request("Invalid '" + std::string(param) + "': " + std::string(why), param);
}

base::Error missing(std::string_view param) {
  return invalid_request("Missing required parameter: '" + std::string(param) + "'.", param);
}

base::Error duplicate(std::string_view param) {
  return invalid_request("Duplicate parameter: '" + std::string(param) +
                             "' appears more than once in the request body.",
                         param);
}

base::Error not_json(const base::json::Cursor& cursor) {
  const auto& failure = cursor.failure();
  return base::fail(base::Errc::invalid_json,
                    "We could not parse the JSON body of your request: expected " +
                        std::string(failure.expected) + " at byte " +
                        std::to_string(failure.offset) + ".");
}

}  // namespace headgate::llm::openai
