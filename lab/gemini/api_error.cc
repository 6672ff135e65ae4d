#include "lab/gemini/api_error.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <string_view>

namespace headgate::lab::gemini {
namespace {

namespace json = boost::json;

std::string_view name_of(int status) {
  switch (status) {
    case 400: return "INVALID_ARGUMENT";
    case 401: return "UNAUTHENTICATED";
    case 403: return "PERMISSION_DENIED";
    case 404: return "NOT_FOUND";
    case 409: return "ABORTED";
    case 429: return "RESOURCE_EXHAUSTED";
    case 499: return "CANCELLED";
    case 501: return "UNIMPLEMENTED";
    case 503: return "UNAVAILABLE";
    case 504: return "DEADLINE_EXCEEDED";
    default: return status >= 500 ? "INTERNAL" : "FAILED_PRECONDITION";
  }
}

std::string_view message_of(int status) {
  switch (status) {
    case 400: return "The request was rejected by the lab's script.";
    case 403: return "The caller does not have permission";
    case 404: return "Requested entity was not found.";
    case 429: return "Resource has been exhausted (e.g. check quota).";
    case 503: return "The model is overloaded. Please try again later.";
    case 504: return "Deadline expired before operation could complete.";
    default:
      return status >= 500 ? "An internal error has occurred." : "The request could not be served.";
  }
}

json::object detail(std::string_view type) {
  return {{"@type", "type.googleapis.com/google.rpc." + std::string(type)}};
}

json::array details_of(const ApiError& error) {
  json::array details;
  if (!error.violations.empty()) {
    json::array violations;
    for (const auto& [field, description] : error.violations) {
      json::object violation;
      if (!field.empty()) violation["field"] = field;
      violation["description"] = description;
      violations.push_back(std::move(violation));
    }
    details.push_back(detail("BadRequest"));
    details.back().as_object()["fieldViolations"] = std::move(violations);
  }
  if (!error.reason.empty()) {
    details.push_back(detail("ErrorInfo"));
    auto& info = details.back().as_object();
    info["reason"] = error.reason;
    info["domain"] = "googleapis.com";
    info["metadata"] = {{"service", "generativelanguage.googleapis.com"}};
  }
  if (!error.retry_delay.empty()) {
    details.push_back(detail("RetryInfo"));
    details.back().as_object()["retryDelay"] = error.retry_delay;
  }
  return details;
}

}  // namespace

std::string error_body(const ApiError& error) {
  const std::string_view name =
      error.status_name.empty() ? name_of(error.status) : std::string_view(error.status_name);
  json::object inner{{"code", error.status}, {"message", error.message}, {"status", name}};
  if (auto details = details_of(error); !details.empty()) inner["details"] = std::move(details);
  return json::serialize(json::object{{"error", std::move(inner)}});
}

ApiError error_of_status(int status) { return {status, std::string(message_of(status))}; }

}  // namespace headgate::lab::gemini
