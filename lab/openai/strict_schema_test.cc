#include "lab/openai/strict_schema.h"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include <ostream>

namespace headgate::lab::openai {
namespace {

struct Case {
  std::string schema;
  std::string complaint;  // empty: none
};
std::ostream& operator<<(std::ostream& out, const Case& test) { return out << test.schema; }

std::string said(const std::optional<std::string>& complaint) { return complaint.value_or(""); }

TEST(StrictSchema, SaysWhatIsWrong) {
  const Case cases[] = {
      {R"({"type":"object","properties":{},"required":[],"additionalProperties":false})", ""},
      {R"({"type":"object","properties":{},"additionalProperties":false})", ""},
      {R"({"type":"array","items":{}})",
       R"(schema must be a JSON Schema of 'type: "object"', got 'type: "array"'.)"},
      {R"({"anyOf":[]})",
       R"(schema must be a JSON Schema of 'type: "object"', got 'type: "None"'.)"},
      {"3", R"(schema must be a JSON Schema of 'type: "object"', got 'type: "None"'.)"},
      {R"({"type":"object","properties":{"a":{"type":"string"}},"required":["a"]})",
       "In context=(), 'additionalProperties' is required to be supplied and to be false."},
      {R"({"type":"object","additionalProperties":true})",
       "In context=(), 'additionalProperties' is required to be supplied and to be false."},
      {R"({"type":"object","additionalProperties":false,"properties":{"a":{"type":"string"}}})",
       "In context=(), 'required' is required to be supplied and to be an array including every "
       "key in properties."},
      {R"({"type":"object","additionalProperties":false,"required":["a"],
           "properties":{"a":{"type":"string"},"b":{"type":"string"}}})",
       "In context=(), 'required' is required to be supplied and to be an array including every "
       "key in properties. Missing 'b'."},
      {R"({"type":"object","additionalProperties":false,"required":["a","z"],
           "properties":{"a":{"type":"string"}}})",
       "In context=(), 'required' is required to be supplied and to be an array including every "
       "key in properties. Extra required key 'z' supplied."},
      {R"({"type":"object","additionalProperties":false,"required":["a"],
           "properties":{"a":{"description":"x"}}})",
       "In context=('properties', 'a'), schema must have a 'type' key."},
      {R"({"type":"object","additionalProperties":false,"required":["a"],
           "properties":{"a":{"oneOf":[]}}})",
       "In context=('properties', 'a'), 'oneOf' is not permitted."},
      {R"({"type":"object","additionalProperties":false,"required":["a"],
           "properties":{"a":{"type":["array","null"]}}})",
       "In context=('properties', 'a'), array schema missing items."},
      {R"({"type":"object","additionalProperties":false,"required":["a"],
           "properties":{"a":{"type":"array","items":{"type":"object"}}}})",
       "In context=('properties', 'a', 'items'), 'additionalProperties' is required to be "
       "supplied and to be false."},
      {R"({"type":"object","additionalProperties":false,"required":["a"],
           "properties":{"a":{"anyOf":[{"type":"null"},{"type":"object"}]}}})",
       "In context=('properties', 'a', 'anyOf', '1'), 'additionalProperties' is required to be "
       "supplied and to be false."},
      {R"({"type":"object","additionalProperties":false,"required":["a"],
           "properties":{"a":{"$ref":"#/$defs/t","description":"x"}}})",
       "context=('properties', 'a'), $ref cannot have keywords {'description'}."},
      {R"({"type":"object","additionalProperties":false,"required":["a"],
           "properties":{"a":{"$ref":"#/$defs/t"}},"$defs":{"t":{"type":"object"}}})",
       "In context=('$defs', 't'), 'additionalProperties' is required to be supplied and to be "
       "false."},
      {R"({"type":"object","additionalProperties":false,"required":["a","b"],"properties":
           {"a":{"enum":["x"]},"b":{"type":"string","minLength":3,"format":"email"}}})",
       ""},
  };
  for (const auto& test : cases) {
    EXPECT_EQ(said(strict_schema_problem(boost::json::parse(test.schema))), test.complaint) << test;
  }
}

TEST(StrictSchema, AsksLittleWithoutStrict) {
  const Case cases[] = {
      {R"({"type":"object","properties":{"a":{"oneOf":[]}}})", ""},
      {R"({"type":"object"})", "In context=(), object schema missing properties."},
      {"{}", R"(schema must be a JSON Schema of 'type: "object"', got 'type: "None"'.)"},
      {R"({"type":"object","properties":{"a":{"type":"array"}}})",
       "In context=('properties', 'a'), array schema missing items."},
      {R"({"type":"object","properties":{"a":{"type":"object"}}})", ""},
  };
  for (const auto& test : cases) {
    EXPECT_EQ(said(schema_problem(boost::json::parse(test.schema))), test.complaint) << test;
  }
}

}  // namespace
}  // namespace headgate::lab::openai
