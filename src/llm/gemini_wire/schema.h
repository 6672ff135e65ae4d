// Schemas: Gemini's OpenAPI subset as JSON Schema, and JSON Schema as the part of it that Gemini
// takes. Order and numbers stay as written; what had to go is reported by keyword. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace headgate::llm::gemini {

/// `parameters` or `responseSchema` as JSON Schema: types in lower case, nullable as a type, counts
/// as numbers. What is no object comes back as it is. REQUIRES: `openapi` is JSON.
std::string json_schema_of(std::string_view openapi);

/// A JSON Schema with the keywords that Gemini refuses taken out, or said in those it knows (const,
/// definitions). `dropped` names each keyword once. REQUIRES: `schema` is JSON.
std::string supported_schema(std::string_view schema, std::vector<std::string>& dropped);

}  // namespace headgate::llm::gemini
