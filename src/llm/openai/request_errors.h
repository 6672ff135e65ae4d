// What is wrong with a request, in the words OpenAI's own servers use, so that clients and people
// find the sentences they know. Shared by everything here that reads a request. Pure.
#pragma once

#include <string_view>

#include "base/json/cursor.h"
#include "base/result.h"

namespace headgate::llm::openai {

/// "Invalid type for 'n': expected an integer, but got a string instead."
base::Error wrong_type(std::string_view param, std::string_view expected, base::json::Kind got);
/// "Invalid 'n': …"
base::Error invalid(std::string_view param, std::string_view why);
/// "Missing required parameter: 'messages'."
base::Error missing(std::string_view param);
/// "Duplicate parameter: 'model' appears more than once in the request body."
base::Error duplicate(std::string_view param);
/// invalid_json, with the place. REQUIRES: the cursor failed.
base::Error not_json(const base::json::Cursor& cursor);

}  // namespace headgate::llm::openai
