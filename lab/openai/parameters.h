// The top-level parameters of a chat completion request: which exist, their types and their bounds,
// with OpenAI's error for each way to get them wrong. Pure functions over parsed JSON.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <optional>
#include <string>
#include <string_view>

#include "lab/openai/api_error.h"

namespace headgate::lab::openai {

using Problem = std::optional<ApiError>;

Problem invalid_type(std::string_view param, std::string_view expected,
                     const boost::json::value& got);
Problem invalid_value(std::string_view param, std::string_view got, std::string_view supported);
Problem missing_parameter(std::string_view param);
Problem invalid_request(std::string message, std::string_view param, std::string_view code = {});

/// Checks every parameter on its own; `messages`, `tools`, `tool_choice` and `response_format` only
/// for being known.
Problem check_parameters(const boost::json::object& request);
/// Parameters that depend on one another.
Problem check_combinations(const boost::json::object& request);

/// A member that is there and not null.
const boost::json::value* given(const boost::json::object& object, std::string_view key);

}  // namespace headgate::lab::openai
