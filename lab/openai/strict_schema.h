// Which JSON Schemas OpenAI takes: for functions and formats, and the narrower rules of `strict`.
// The sentence that follows "Invalid schema for function 'f': ". Pure functions.
#pragma once

#include <boost/json/value.hpp>

#include <optional>
#include <string>

namespace headgate::lab::openai {

/// What every function's parameters must be.
std::optional<std::string> schema_problem(const boost::json::value& schema);
/// What `strict` asks for besides.
std::optional<std::string> strict_schema_problem(const boost::json::value& schema);

}  // namespace headgate::lab::openai
