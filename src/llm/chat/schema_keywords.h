// JSON Schemas as providers take them that make a grammar of them: without bounds on values. Order,
// numbers and everything else stay as written; a property that is called like a keyword is none.
// Pure. The result says less than the schema did, so what went is to be reported as a loss.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace headgate::llm::chat {

/// Without "minimum", "maxLength" and the like. `dropped` gets each that was there, once.
/// REQUIRES: `schema` is JSON.
std::string without_bounds(std::string_view schema, std::vector<std::string>& dropped);

}  // namespace headgate::llm::chat
