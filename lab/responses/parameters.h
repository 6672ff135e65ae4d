// The parameters of a Responses request that stand for themselves: which exist, their types and
// bounds, in the provider's order, which is neither the body's nor the alphabet's. What has a
// reader of its own (input, tools, tool_choice, text) is named here only. Pure functions.
#pragma once

#include <boost/json/object.hpp>

#include <string_view>

#include "lab/openai/wording.h"

namespace headgate::lab::responses {

/// What POST /v1/responses takes, in the order in which it is checked.
openai::Names create_parameters();
/// Likewise for POST /v1/responses/input_tokens.
openai::Names count_parameters();

/// Names that do not exist; `messages` gets its own words.
openai::Problem check_parameter_names(const boost::json::object& request, openai::Names known);
/// One parameter that is given and not null; nothing for those with a reader of their own.
openai::Problem check_parameter(std::string_view name, const boost::json::value& value);

}  // namespace headgate::lab::responses
