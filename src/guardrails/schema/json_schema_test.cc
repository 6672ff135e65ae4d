#include "guardrails/schema/json_schema.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace headgate::guardrails {
namespace {

struct Case {
  std::string_view schema;
  std::string_view instance;
  std::string breaches;  // describe(); empty: valid
};

const std::vector<Case> kCases = {
    {"true", "1", ""},
    {"false", "1", "the answer: must not be there"},
    {"{}", "{", "the answer: is no valid JSON: incomplete JSON"},
    {R"({"type":"integer"})", "1.0", ""},
    {R"({"type":"integer"})", "1.5", R"(the answer: is of type number, must be "integer")"},
    {R"({"type":["string","null"]})", "null", ""},
    {R"({"type":["string","null"]})", "1",
     R"(the answer: is of type integer, must be ["string","null"])"},
    {R"({"enum":[1,"a",{"x":1.0,"y":2}]})", R"({"y":2,"x":1})", ""},
    {R"({"const":"a"})", R"("b")", R"(the answer: is "b", must be "a")"},
    {R"({"required":["a","b"],"properties":{"a":{"type":"string"}},"additionalProperties":false})",
     R"({"a":1,"c":2})",
     R"(the answer: lacks the required property "b"; /a: is of type integer, must be "string"; )"
     R"(/c: is a property that the schema does not allow)"},
    {R"({"patternProperties":{"^x":{"type":"number"}},"additionalProperties":{"type":"string"}})",
     R"({"x1":1,"y":"s"})", ""},
    {R"({"items":{"type":"number"},"minItems":2})", R"([1,"a"])",
     R"(/1: is of type string, must be "number")"},
    {R"({"prefixItems":[{"const":1}],"items":false})", "[1,2]", "/1: must not be there"},
    {R"({"items":[{"const":1}],"additionalItems":{"const":2}})", "[1,2,2]", ""},
    {R"({"uniqueItems":true})", "[1,2,1.0]", "the answer: has equal items, 0 and 2"},
    {R"({"contains":{"const":1},"maxContains":1})", "[1,1]",
     "the answer: has too many items that fit 'contains'"},
    {R"({"minLength":2,"maxLength":2})", R"("äö")", ""},
    {R"({"minLength":3})", R"("äö")", "the answer: has 2 characters, must have at least 3"},
    {R"({"pattern":"^\\d+$"})", R"("12x")", R"(the answer: does not match the pattern "^\\d+$")"},
    {R"({"minimum":1,"exclusiveMaximum":2})", "2", "the answer: is 2, must be less than 2"},
    {R"({"multipleOf":0.01})", "0.07", ""},
    {R"({"multipleOf":2})", "3", "the answer: is 3, must be a multiple of 2"},
    {R"({"anyOf":[{"type":"string"},{"type":"number"}]})", "true",
     "the answer: fits none of the schemas of 'anyOf'"},
    {R"({"oneOf":[{"type":"integer"},{"minimum":2}]})", "3",
     "the answer: fits 2 of the schemas of 'oneOf', must fit exactly one"},
    {R"({"not":{"type":"string"}})", R"("")", "the answer: fits the schema of 'not'"},
    {R"({"if":{"type":"string"},"then":{"minLength":1},"else":{"minimum":1}})", "0",
     "the answer: is 0, must be at least 1"},
    {R"({"dependentRequired":{"a":["b"]}})", R"({"a":1})",
     R"(the answer: lacks the required property "b")"},
    {R"({"propertyNames":{"maxLength":1}})", R"({"ab":1})",
     "/ab: has 2 characters, must have at most 1"},
    {R"({"$ref":"#/$defs/a~1b","$defs":{"a/b":{"type":"null"}}})", "null", ""},
    // a tree that is defined by itself
    {R"({"properties":{"next":{"$ref":"#"}},"required":["v"]})",
     R"({"v":1,"next":{"v":2,"next":{}}})", R"(/next/next: lacks the required property "v")"},
    // a place that is no schema until somebody refers to it
    {R"({"$ref":"#/x/y","x":{"y":{"pattern":"^a"}}})", R"("b")",
     R"(the answer: does not match the pattern "^a")"},
    {R"({"maximum":18446744073709551614})", "18446744073709551615",
     "the answer: is 18446744073709551615, must be at most 18446744073709551614"},
};

TEST(JsonSchema, says_where_an_instance_breaks_it) {
  for (const Case& c : kCases) {
    const auto schema = JsonSchema::compile(c.schema);
    ASSERT_TRUE(schema) << c.schema << ": " << schema.error().detail;
    EXPECT_EQ(describe(schema->check(c.instance)), c.breaches) << c.schema << " " << c.instance;
  }
}

TEST(JsonSchema, refuses_schemas_that_it_could_not_keep) {
  for (const std::string_view schema : {"",
                                        "[]",
                                        "1",
                                        R"({"type":"text"})",
                                        R"({"type":[]})",
                                        R"({"properties":[]})",
                                        R"({"properties":{"a":1}})",
                                        R"({"required":"a"})",
                                        R"({"required":[1]})",
                                        R"({"minLength":-1})",
                                        R"({"minLength":1.5})",
                                        R"({"multipleOf":0})",
                                        R"({"enum":1})",
                                        R"({"pattern":"["})",
                                        R"x({"pattern":"(?=a)"})x",
                                        R"({"patternProperties":{"[":true}})",
                                        R"({"$ref":"http://x/y"})",
                                        R"({"$ref":"#/nowhere"})",
                                        R"({"$ref":"#/a","a":1})",
                                        R"({"items":1})",
                                        R"({"anyOf":{}})",
                                        R"({"dependentRequired":{"a":1}})"}) {
    const auto compiled = JsonSchema::compile(schema);
    ASSERT_FALSE(compiled) << schema;
    EXPECT_EQ(compiled.error().code, base::Errc::invalid_request);
    EXPECT_TRUE(compiled.error().detail.starts_with("the JSON Schema cannot be used: "));
  }
}

TEST(JsonSchema, ends_whatever_it_is_given) {
  const auto circle = JsonSchema::compile(R"({"$ref":"#"})");
  ASSERT_TRUE(circle);
  EXPECT_FALSE(circle->check("1").empty());
  const auto doubling = JsonSchema::compile(
      R"({"anyOf":[{"$ref":"#/$defs/a"},{"$ref":"#/$defs/a"}],)"
      R"("$defs":{"a":{"anyOf":[{"properties":{"x":{"$ref":"#"}}},{"not":true},{"$ref":"#"}]}}})");
  ASSERT_TRUE(doubling);
  (void)doubling->check(R"({"x":{"x":{"x":{"x":{}}}}})");
  const auto pattern = JsonSchema::compile(R"({"pattern":"^(a+)+$"})");
  ASSERT_TRUE(pattern);
  EXPECT_FALSE(pattern->check("\"" + std::string(100'000, 'a') + "b\"").empty());
  const std::string deep = std::string(5000, '[') + std::string(5000, ']');
  EXPECT_FALSE(JsonSchema::compile("true")->check(deep).empty());
}

TEST(JsonSchema, says_a_bounded_number_of_things) {
  std::string many = "[";
  for (int i = 0; i < 1000; ++i) many += "1,";
  many += "1]";
  const auto schema = JsonSchema::compile(R"({"items":{"type":"string"}})");
  EXPECT_EQ(schema->check(many).size(), JsonSchema::kBreachesMax);
}

}  // namespace
}  // namespace headgate::guardrails
