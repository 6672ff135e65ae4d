// What an operation answers when it succeeds, as a JSON Schema that results can be held against.
// Pure.
#pragma once

#include <string>

#include "agents/openapi/operation.h"

namespace headgate::agents::openapi {

/// Of the first of 200 to 204 and 2XX that the document has. Empty: it says nothing of it as JSON,
/// or it cannot be checked, and `remarks` says so.
std::string response_schema(const Document& document, const Operation& operation, Remarks& remarks);

}  // namespace headgate::agents::openapi
