// How OpenAI words what is wrong with a value: one function for each way, with the code and the
// parameter that belong to it. For the endpoints whose checks are newer than chat's. Pure
// functions.
#pragma once

#include <boost/json/object.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "lab/openai/parameters.h"

namespace headgate::lab::openai {

using Names = std::span<const std::string_view>;

/// "'a' and 'b'", "'a', 'b', and 'c'".
std::string quoted_list(Names names, std::string_view conjunction = "and");
bool contains(Names names, std::string_view name);

/// Names that stand in the body beside the known ones, in its order; with what was probably meant.
Problem check_names(const boost::json::object& object, Names known, std::string_view path = {});
Problem not_one_of(std::string_view path, std::string_view got, Names supported);
/// For a value that is not even a text: "expected one of 'auto' or 'disabled'".
Problem not_a_choice(std::string_view path, const boost::json::value& got, Names supported);
Problem empty_string(std::string_view path);
Problem empty_array(std::string_view path);
Problem string_too_long(std::string_view path, std::size_t most, std::size_t got);
Problem array_too_long(std::string_view path, std::size_t most, std::size_t got);
/// A number that is given; decimals may be whole.
Problem check_integer(const boost::json::value& value, std::string_view path, std::int64_t min,
                      std::int64_t max);
/// Of a number that check_integer() has let pass.
std::int64_t integer_of(const boost::json::value& value);
Problem check_decimal(const boost::json::value& value, std::string_view path, double min,
                      double max);
/// A name as functions and formats have it: 1 to 64 of [a-zA-Z0-9_-].
Problem check_identifier(const boost::json::value& value, std::string_view path);

Problem check_boolean(const boost::json::value& value, std::string_view path);
Problem check_text(const boost::json::value& value, std::string_view path);
Problem check_choice(const boost::json::value& value, std::string_view path, Names supported);

/// The text of a member that is there; empty when it is not, or no text.
std::string_view text_of(const boost::json::object& object, std::string_view key);

/// "input[3]", "input[3].content".
std::string at(std::string_view path, std::size_t index);
std::string at(std::string_view path, std::string_view member);

/// The body as an object, or what the provider says to one that is none.
boost::system::result<boost::json::object, ApiError> parse_body(std::string_view body);

}  // namespace headgate::lab::openai
