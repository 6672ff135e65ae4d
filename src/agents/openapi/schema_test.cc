#include "agents/openapi/schema.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "guardrails/schema/json_schema.h"

namespace headgate::agents::openapi {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Document document_with(const std::string& version, const std::string& schemas) {
  auto out = Document::read("{openapi: " + version + ", components: {schemas: {" + schemas + "}}}");
  EXPECT_TRUE(out) << out.error().detail;
  return std::move(*out);
}

// Schema T of the document, with its definitions.
std::string written(const Document& document, Side side, Remarks& remarks) {
  SchemaWriter writer(document, side, remarks);
  auto out = writer.write(document.at("/components/schemas/T"));
  auto definitions = writer.definitions();
  if (!definitions.empty()) out.get_object()["$defs"] = definitions;
  return boost::json::serialize(out);
}

std::string written(const std::string& version, const std::string& schemas,
                    Side side = Side::request) {
  const Document document = document_with(version, schemas);
  Remarks remarks;
  const std::string out = written(document, side, remarks);
  for (const Remark& one : remarks.wrong) ADD_FAILURE() << one.pointer << ": " << one.what;
  EXPECT_TRUE(guardrails::JsonSchema::compile(out)) << out;
  return out;
}

std::vector<std::string> wrongs(const std::string& version, const std::string& schemas) {
  const Document document = document_with(version, schemas);
  Remarks remarks;
  written(document, Side::request, remarks);
  std::vector<std::string> out;
  for (const Remark& one : remarks.wrong)
    out.push_back(document.place(one.pointer) + ": " + one.what);
  return out;
}

TEST(OpenApiSchema, words_of_3_0_become_json_schema) {
  struct Row {
    const char* yaml;
    const char* json;
  };
  for (const Row& row : {
           Row{"{type: string, nullable: true}", R"({"type":["string","null"]})"},
           Row{"{type: string, nullable: true, enum: [a]}",
               R"({"type":["string","null"],"enum":["a",null]})"},
           Row{"{type: string, nullable: true, enum: [a, null]}",
               R"({"type":["string","null"],"enum":["a",null]})"},
           Row{"{type: string, nullable: false}", R"({"type":"string"})"},
           Row{"{nullable: true, allOf: [{type: string}]}",
               R"({"anyOf":[{"allOf":[{"type":"string"}]},{"type":"null"}]})"},
           Row{"{type: number, minimum: 0, exclusiveMinimum: true}",
               R"({"type":"number","exclusiveMinimum":0})"},
           Row{"{type: number, maximum: 9, exclusiveMaximum: false}",
               R"({"type":"number","maximum":9})"},
           Row{"{type: number, exclusiveMaximum: true}", R"({"type":"number"})"},
           Row{"{type: string, example: x, xml: {name: y}, x-z: 1, format: date}",
               R"({"type":"string","examples":["x"],"format":"date"})"},
           Row{"{type: object, additionalProperties: {type: integer, nullable: true}}",
               R"({"type":"object","additionalProperties":{"type":["integer","null"]}})"},
           Row{"{oneOf: [{type: string}], discriminator: {propertyName: a}}",
               R"({"oneOf":[{"type":"string"}]})"},
           // Beside a reference nothing counts.
           Row{"{$ref: '#/components/schemas/A', description: other}",
               R"({"type":"integer","description":"a"})"},
       }) {
    const std::string schemas =
        "T: " + std::string(row.yaml) + ", A: {type: integer, description: a}";
    EXPECT_EQ(written("3.0.3", schemas), row.json) << row.yaml;
  }
}

TEST(OpenApiSchema, words_of_3_1_stay) {
  EXPECT_EQ(written("3.1.0", "T: {type: [string, 'null'], exclusiveMinimum: 1}"),
            R"({"type":["string","null"],"exclusiveMinimum":1})");
  EXPECT_EQ(written("3.1",
                    "T: {$ref: '#/components/schemas/A', description: b}, "
                    "A: {type: integer, description: a}"),
            R"({"type":"integer","description":"b"})");
  EXPECT_EQ(written("3.1", "T: {$ref: '#/components/schemas/A', minimum: 2}, A: {type: integer}"),
            R"({"allOf":[{"type":"integer"},{"minimum":2}]})");
  EXPECT_EQ(written("3.1", "T: true"), "true");
}

TEST(OpenApiSchema, each_side_leaves_out_what_the_other_sends) {
  const std::string schemas =
      "T: {type: object, required: [id, secret, name], properties: {id: {$ref: "
      "'#/components/schemas/Id'}, secret: {type: string, writeOnly: true}, name: {}}}, "
      "Id: {type: string, readOnly: true}";
  EXPECT_EQ(written("3.0.0", schemas, Side::request),
            R"({"type":"object","required":["secret","name"],"properties":)"
            R"({"secret":{"type":"string"},"name":{}}})");
  EXPECT_EQ(written("3.0.0", schemas, Side::response),
            R"({"type":"object","required":["id","name"],"properties":)"
            R"({"id":{"type":"string"},"name":{}}})");
}

TEST(OpenApiSchema, what_refers_to_itself_is_a_definition) {
  const std::string text =
      written("3.1.0",
              "T: {type: object, properties: {top: {$ref: '#/components/schemas/Node'}}}, "
              "Node: {type: object, required: [name], properties: {name: {type: string}, "
              "children: {type: array, items: {$ref: '#/components/schemas/Node'}}}}");
  const auto schema = guardrails::JsonSchema::compile(text);
  ASSERT_TRUE(schema) << text;
  EXPECT_TRUE(schema->check(R"({"top":{"name":"a","children":[{"name":"b"}]}})").empty());
  EXPECT_FALSE(schema->check(R"({"top":{"name":"a","children":[{"children":[]}]}})").empty());
  EXPECT_FALSE(
      schema->check(R"({"top":{"name":"a","children":[{"name":"b","children":[{}]}]}})").empty());
}

TEST(OpenApiSchema, two_that_refer_to_each_other_are_definitions) {
  const std::string text = written(
      "3.0.0",
      "T: {$ref: '#/components/schemas/A'}, "
      "A: {type: object, properties: {b: {$ref: '#/components/schemas/B'}}}, "
      "B: {type: object, properties: {a: {$ref: '#/components/schemas/A'}, n: {type: integer}}}");
  const auto schema = guardrails::JsonSchema::compile(text);
  ASSERT_TRUE(schema) << text;
  EXPECT_FALSE(schema->check(R"({"b":{"a":{"b":{"a":{"b":{"n":"x"}}}}}})").empty());
}

TEST(OpenApiSchema, references_that_lead_nowhere_are_said) {
  EXPECT_THAT(wrongs("3.0.0", "T: {$ref: '#/components/schemas/Nil'}"),
              ElementsAre(HasSubstr("#/components/schemas/T/$ref (line 1): "
                                    "`#/components/schemas/Nil` leads nowhere in the document")));
  EXPECT_THAT(wrongs("3.0.0", "T: {items: {$ref: 'other.yaml#/A'}}"),
              ElementsAre(HasSubstr("`other.yaml#/A` leads out of the document")));
  EXPECT_THAT(wrongs("3.0.0", "T: {$ref: '#/components/schemas/T'}"),
              ElementsAre(HasSubstr("round in a circle")));
  EXPECT_THAT(wrongs("3.0.0", "T: {$ref: [1]}"), ElementsAre(HasSubstr("leads")));
  EXPECT_THAT(wrongs("3.0.0", "T: {items: 5}"), ElementsAre(HasSubstr("is no schema")));
  EXPECT_THAT(wrongs("3.0.0",
                     "T: {items: {$ref: '#/components/schemas/a%7Eb~1c'}}, "
                     "a~b/c: {type: string}"),
              IsEmpty());
}

// Each of `levels` schemas is made of the next one, twice.
std::string doubling(int levels) {
  std::string schemas = "T: {$ref: '#/components/schemas/S0'}";
  for (int i = 0; i < levels; ++i) {
    const std::string next = "{$ref: '#/components/schemas/S" + std::to_string(i + 1) + "'}";
    schemas += ", S" + std::to_string(i) + ": {allOf: [" + next + ", " + next + "]}";
  }
  return schemas + ", S" + std::to_string(levels) + ": {type: string}";
}

TEST(OpenApiSchema, references_to_references_do_not_explode) {
  EXPECT_LT(written("3.0.0", doubling(30)).size(), 40'000U);
  const auto schema = guardrails::JsonSchema::compile(written("3.0.0", doubling(12)));
  EXPECT_TRUE(schema->check(R"("x")").empty());
  EXPECT_FALSE(schema->check("1").empty());
}

TEST(OpenApiSchema, long_texts_do_not_multiply) {
  std::string schemas = "A: {description: '" + std::string(5'000, 'x') + "'}, T: {allOf: [";
  for (int i = 0; i < 100; ++i) schemas += "{$ref: '#/components/schemas/A'}, ";
  EXPECT_LT(written("3.0.0", schemas + "true]}").size(), 70'000U);
}

TEST(OpenApiSchema, chains_of_references_may_be_long) {
  std::string schemas = "T: {$ref: '#/components/schemas/S0'}";
  for (int i = 0; i < 500; ++i) {
    schemas += ", S" + std::to_string(i) + ": {properties: {n: {$ref: '#/components/schemas/S" +
               std::to_string(i + 1) + "'}}}";
  }
  const std::string text = written("3.1.0", schemas + ", S500: {type: string}");
  EXPECT_TRUE(guardrails::JsonSchema::compile(text));
}

TEST(OpenApiSchema, what_is_too_large_is_said_once) {
  const std::string text(300'000, 'x');
  EXPECT_THAT(wrongs("3.0.0", "T: {description: '" + text + "', title: x, type: object}"),
              ElementsAre(HasSubstr("T/description (line 1): the schemas are too large")));
  std::string deep = "{type: string}";
  for (int i = 0; i < 70; ++i) deep = "{items: " + deep + "}";
  EXPECT_THAT(wrongs("3.0.0", "T: " + deep), ElementsAre(HasSubstr("too large")));
}

}  // namespace
}  // namespace headgate::agents::openapi
