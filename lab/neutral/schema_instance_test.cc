#include "lab/neutral/schema_instance.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

namespace headgate::lab {
namespace {

namespace json = boost::json;

std::string instance(std::string_view schema) {
  return json::serialize(schema_instance(json::parse(schema)));
}

TEST(SchemaInstance, MeetsTheSchema) {
  EXPECT_EQ(instance(R"({"type":"object","required":["a","b"],"properties":
      {"a":{"type":"string"},"b":{"type":"integer"},"c":{"type":"string"}}})"),
            R"({"a":"text","b":0})");
  EXPECT_EQ(instance(R"({"enum":["billing","other"]})"), R"("billing")");
  EXPECT_EQ(instance(R"({"const":7})"), "7");
  EXPECT_EQ(instance(R"({"type":["string","null"]})"), R"("text")");
  EXPECT_EQ(instance(R"({"type":"array","minItems":2,"items":{"type":"boolean"}})"),
            "[false,false]");
  EXPECT_EQ(instance(R"({"type":"array","items":{"type":"boolean"}})"), "[]");
  EXPECT_EQ(instance(R"({"type":"integer","minimum":3})"), "3");
  EXPECT_EQ(instance(R"({"type":"number","maximum":-0.5})"), "-5E-1");
  EXPECT_EQ(instance(R"({"type":"string","minLength":6})"), R"("textxx")");
  EXPECT_EQ(instance(R"({"type":"string","maxLength":2})"), R"("te")");
  EXPECT_EQ(instance(R"({"type":"string","format":"date"})"), R"("2026-01-01")");
  EXPECT_EQ(instance(R"({"anyOf":[{"type":"null"},{"type":"string"}]})"), "null");
}

TEST(SchemaInstance, FollowsReferences) {
  EXPECT_EQ(instance(R"({"type":"object","required":["x"],"properties":{"x":{"$ref":"#/$defs/t"}},
      "$defs":{"t":{"type":"object","required":["y"],"properties":{"y":{"type":"boolean"}}}}})"),
            R"({"x":{"y":false}})");
  EXPECT_EQ(instance(R"({"$ref":"#/nowhere"})"), "null");
  EXPECT_EQ(instance(R"({"allOf":[{"type":"object","required":["a"],"properties":{"a":{}}},
      {"type":"object","required":["b"],"properties":{"b":{"const":1}}}]})"),
            R"({"a":"text","b":1})");
}

TEST(SchemaInstance, EndsWhereTheSchemaDoesNot) {
  const auto wide = instance(R"({"$ref":"#/$defs/t","$defs":{"t":{"type":"object",
      "required":["a","b","c","d"],"properties":{"a":{"$ref":"#/$defs/t"},
      "b":{"$ref":"#/$defs/t"},"c":{"$ref":"#/$defs/t"},"d":{"$ref":"#/$defs/t"}}}}})");
  EXPECT_LT(wide.size(), 1'000'000U);
  EXPECT_EQ(instance("true"), "null");
}

}  // namespace
}  // namespace headgate::lab
