#include "llm/gemini_wire/schema.h"

#include <gtest/gtest.h>

#include "base/json/cursor.h"

namespace headgate::llm::gemini {
namespace {

struct Case {
  std::string_view in;
  std::string_view out;
};

TEST(gemini_schema, openapi_becomes_json_schema) {
  for (const Case& c : std::vector<Case>{
           {R"({"type":"OBJECT","properties":{"city":{"type":"STRING","description":"d"}},)"
            R"("required":["city"]})",
            R"({"type":"object","properties":{"city":{"type":"string","description":"d"}},)"
            R"("required":["city"]})"},
           {R"({"type":"STRING","nullable":true})", R"({"type":["string","null"]})"},
           {R"({"nullable":true,"type":"INTEGER","format":"int32"})",
            R"({"type":["integer","null"],"format":"int32"})"},
           {R"({"nullable":false,"type":"string"})", R"({"type":"string"})"},
           {R"({"type":"STRING","format":"enum","enum":["a","b"]})",
            R"({"type":"string","enum":["a","b"]})"},
           {R"({"enum":["a"],"type":"STRING","nullable":true})",
            R"({"enum":["a",null],"type":["string","null"]})"},
           {R"({"type":"STRING","nullable":true,"enum":["a"]})",
            R"({"type":["string","null"],"enum":["a",null]})"},
           {R"({"anyOf":[{"type":"STRING"},{"type":"NUMBER"}],"nullable":true})",
            R"({"anyOf":[{"type":"string"},{"type":"number"},{"type":"null"}]})"},
           {R"({"any_of":[],"nullable":true})", R"({"anyOf":[{"type":"null"}]})"},
           {R"({"type":"ARRAY","items":{"type":"NUMBER","minimum":0.50},"minItems":"1",)"
            R"("max_items":"03"})",
            R"({"type":"array","items":{"type":"number","minimum":0.50},"minItems":1,)"
            R"("maxItems":"03"})"},
           {R"({"type":"STRING","example":{"a":1}})", R"({"type":"string","examples":[{"a":1}]})"},
           {R"({"type":"TYPE_UNSPECIFIED","title":"t"})", R"({"title":"t"})"},
           {R"({"properties":{"type":{"type":"STRING"},"min_items":{"type":"STRING"}}})",
            R"({"properties":{"type":{"type":"string"},"min_items":{"type":"string"}}})"},
           {R"({"default":1.10,"propertyOrdering":["b","a"]})",
            R"({"default":1.10,"propertyOrdering":["b","a"]})"},
           {"{}", "{}"},
           {"true", "true"}}) {
    EXPECT_EQ(json_schema_of(c.in), c.out) << c.in;
  }
}

TEST(gemini_schema, what_gemini_knows_stays_as_it_is) {
  const std::string_view schema =
      R"({"$id":"i","$defs":{"a":{"type":"string"}},"type":"object","title":"t","description":"d",)"
      R"("properties":{"x":{"$ref":"#/$defs/a"},"n":{"type":["number","null"],"minimum":1.0,)"
      R"("maximum":2e3,"enum":[1,2]},"l":{"type":"array","prefixItems":[{"type":"string"}],)"
      R"("items":{"anyOf":[{"format":"date"},{"oneOf":[]}]},"minItems":1,"maxItems":2}},)"
      R"("additionalProperties":false,"required":["x"],"propertyOrdering":["n","x"]})";
  std::vector<std::string> dropped;
  EXPECT_EQ(supported_schema(schema, dropped), schema);
  EXPECT_TRUE(dropped.empty());
}

struct Strip {
  std::string_view in;
  std::string_view out;
  std::vector<std::string> dropped;
};

TEST(gemini_schema, what_gemini_refuses_goes_and_is_named_once) {
  for (const Strip& c : std::vector<Strip>{
           {R"({"$schema":"s","type":"object","$comment":"c"})", R"({"type":"object"})", {}},
           {R"({"type":"string","pattern":"^a","minLength":1})",
            R"({"type":"string"})",
            {"pattern", "minLength"}},
           {R"({"properties":{"a":{"exclusiveMinimum":0},"b":{"exclusiveMinimum":1}}})",
            R"({"properties":{"a":{},"b":{}}})",
            {"exclusiveMinimum"}},
           {R"({"properties":{"pattern":{"type":"string"}}})",
            R"({"properties":{"pattern":{"type":"string"}}})",
            {}},
           {R"({"const":"a"})", R"({"enum":["a"]})", {}},
           {R"({"const":1.50})", R"({"enum":[1.50]})", {}},
           {R"({"const":true,"type":"boolean"})", R"({"type":"boolean"})", {"const"}},
           {R"({"definitions":{"d":{"const":"x"}},"properties":{"p":{"$ref":"#/definitions/d"}}})",
            R"({"$defs":{"d":{"enum":["x"]}},"properties":{"p":{"$ref":"#/$defs/d"}}})",
            {}},
           {R"({"description":"d","$ref":"#/$defs/a","$defs":{"a":{}}})",
            R"({"$ref":"#/$defs/a","$defs":{"a":{}}})",
            {"description"}},
           {R"({"properties":{"p":{"$ref":"#","description":"d","title":"t"}},"type":"object"})",
            R"({"properties":{"p":{"$ref":"#"}},"type":"object"})",
            {"description", "title"}},
           {R"({"items":[{"type":"string"},{"const":1}]})",
            R"({"prefixItems":[{"type":"string"},{"enum":[1]}]})",
            {}},
           {R"({"additionalProperties":{"type":"string","pattern":"p"}})",
            R"({"additionalProperties":{"type":"string"}})",
            {"pattern"}},
           {R"({"allOf":[{"type":"object"}],"not":{},"if":{},"default":1})",
            "{}",
            {"allOf", "not", "if", "default"}},
           {"false", "false", {}},
           {"{}", "{}", {}}}) {
    std::vector<std::string> dropped;
    const std::string out = supported_schema(c.in, dropped);
    EXPECT_EQ(out, c.out) << c.in;
    EXPECT_EQ(dropped, c.dropped) << c.in;
    EXPECT_TRUE(base::json::valid(out));
    std::vector<std::string> again;
    EXPECT_EQ(supported_schema(out, again), out);
    EXPECT_TRUE(again.empty());
  }
}

}  // namespace
}  // namespace headgate::llm::gemini
