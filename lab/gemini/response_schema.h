// Schemas in the OpenAPI subset that Gemini takes ("type": "OBJECT", "nullable"), as the JSON
// Schemas that the rest of the lab understands. Pure functions.
#pragma once

#include <boost/json/value.hpp>

#include <string>
#include <vector>

namespace headgate::lab::gemini {

/// REQUIRES: `schema` has been checked by its Message.
boost::json::value json_schema_of(const boost::json::value& schema);

/// What the API does not accept in a schema although its type allows it: one line each, beginning
/// with `path`.
std::vector<std::string> schema_problems(const boost::json::value& schema, const std::string& path);

}  // namespace headgate::lab::gemini
