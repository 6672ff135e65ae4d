#include "agents/openapi_tools/import.h"

#include <boost/json/parse.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agents/definitions/tool_templates.h"

namespace headgate::agents::openapi {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view kOrders = R"(
openapi: 3.0.3
info: {title: Orders, version: 1.2.0}
servers: [{url: "https://{region}.orders.example/v1", variables: {region: {default: eu}}}]
paths:
  /orders/{order-id}:
    parameters:
      - {name: order-id, in: path, required: true, schema: {type: string}, description: Which one.}
    get:
      operationId: getOrder
      summary: Looks an order up.
      description: With its lines.
      parameters:
        - {name: "fields[only]", in: query, schema: {type: array, items: {type: string}}}
        - {name: expand, in: query, explode: false, schema: {type: array, items: {type: string}}}
        - {name: x-trace, in: header, schema: {type: string}}
        - {name: Accept, in: header, schema: {type: string}}
      responses: {"200": {description: ok, content: {application/json: {schema: {type: object}}}}}
    put:
      operationId: putOrder
      requestBody:
        required: true
        content:
          application/json; charset=utf-8:
            schema: {$ref: '#/components/schemas/Order'}
      responses: {}
    delete: {operationId: dropOrder, responses: {}}
  /orders:
    post:
      operationId: makeOrder
      parameters: [{name: idempotency-key, in: header, required: true, schema: {type: string}}]
      requestBody: {content: {application/json: {schema: {type: array, items: {type: string}}}}}
      responses: {}
    patch:
      requestBody:
        required: true
        content: {application/json: {schema: {type: object, additionalProperties: true}}}
      responses: {}
components:
  schemas:
    Order:
      type: object
      required: [id, note]
      properties:
        id: {type: string, readOnly: true}
        note: {type: string}
        amount: {type: number, nullable: true}
)";

struct Outcome {
  std::optional<Imported> imported;
  std::vector<std::string> wrong;
  std::vector<std::string> warnings;
};

Outcome import(std::string_view yaml, std::string_view name, const OpenApiToolConfig& tool = {},
               const OpenApiConfig& service = {}, std::string_view input = {}) {
  const auto document = Document::read(yaml);
  EXPECT_TRUE(document) << document.error().detail;
  Remarks remarks;
  const auto all = operations_of(*document, remarks);
  const auto found = find_operations(all, name);
  EXPECT_EQ(found.size(), 1U) << name;
  Outcome out;
  if (found.empty()) return out;
  out.imported = import_operation({*document, *found.front(), service, tool, input}, remarks);
  for (const Remark& one : remarks.wrong) out.wrong.push_back(one.pointer + ": " + one.what);
  for (const Remark& one : remarks.warning) out.warnings.push_back(one.pointer + ": " + one.what);
  EXPECT_EQ(out.imported.has_value(), out.wrong.empty());
  return out;
}

Imported good(std::string_view name, const OpenApiToolConfig& tool = {},
              const OpenApiConfig& service = {}) {
  const Outcome out = import(kOrders, name, tool, service);
  EXPECT_THAT(out.wrong, IsEmpty());
  return out.imported.value_or(Imported{});
}

// One operation, GET /a/{b} unless the row says otherwise.
std::string one(const std::string& item, const std::string& more = "") {
  return "{openapi: 3.1.0, servers: [{url: 'http://127.0.0.1'}], paths: {'/a/{b}': {" + item +
         "}}" + more + "}";
}

constexpr const char* kB = "{name: b, in: path, required: true, schema: {type: string}}";

TEST(OpenApiImport, parameters_become_arguments) {
  const Imported tool = good("getOrder");
  EXPECT_EQ(tool.description, "Looks an order up.\n\nWith its lines.");
  EXPECT_EQ(tool.effect, Effect::pure);
  EXPECT_EQ(tool.http.method, ToolMethod::get);
  EXPECT_EQ(tool.http.url, "https://eu.orders.example/v1/orders/{order-id}");
  EXPECT_EQ(*tool.http.query.find("fields[only]"), "{fields_only*}");
  EXPECT_EQ(*tool.http.query.find("expand"), "{expand,}");
  EXPECT_EQ(*tool.http.header_templates.find("x-trace"), "{x-trace}");
  EXPECT_EQ(tool.http.header_templates.find("Accept"), nullptr);
  EXPECT_TRUE(tool.http.body.empty());
  EXPECT_TRUE(tool.output.empty());
  EXPECT_EQ(tool.input,
            R"({"type":"object","properties":{"order-id":{"type":"string","description":"Which )"
            R"(one."},"fields_only":{"type":"array","items":{"type":"string"}},"expand":{"type":)"
            R"("array","items":{"type":"string"}},"x-trace":{"type":"string"}},"required":)"
            R"(["order-id"],"additionalProperties":false})");
}

TEST(OpenApiImport, properties_of_a_body_stand_beside_parameters) {
  const Imported tool = good("putOrder");
  EXPECT_EQ(tool.effect, Effect::idempotent);
  EXPECT_EQ(tool.http.body.text, R"({"note":"{note}","amount":"{amount}"})");
  EXPECT_THAT(tool.input, HasSubstr(R"("required":["order-id","note"])"));
  EXPECT_THAT(tool.input, HasSubstr(R"("amount":{"type":["number","null"]})"));
}

TEST(OpenApiImport, other_bodies_are_one_argument) {
  const Imported list = good("makeOrder");
  EXPECT_EQ(list.http.body.text, R"("{body}")");
  EXPECT_EQ(list.input.find("required"), std::string::npos) << list.input;
  EXPECT_THAT(good("PATCH /orders").input, HasSubstr(R"("required":["body"])"));
  EXPECT_EQ(good("PATCH /orders").effect, Effect::at_most_once);
}

TEST(OpenApiImport, a_key_makes_a_write_idempotent_and_is_no_argument) {
  const Imported tool = good("makeOrder");
  EXPECT_EQ(tool.effect, Effect::idempotent);
  EXPECT_TRUE(tool.needs_key);
  EXPECT_TRUE(tool.http.header_templates.empty());
  OpenApiConfig service;
  service.idempotency_header = "x-once";
  EXPECT_EQ(good("makeOrder", {}, service).effect, Effect::at_most_once);
}

TEST(OpenApiImport, what_is_fixed_is_no_argument) {
  OpenApiToolConfig config;
  config.fixed.add("order-id").text = R"("{principal.user}")";
  config.fixed.add("amount").text = "5";
  const Imported tool = good("putOrder", config);
  EXPECT_EQ(tool.http.url, "https://eu.orders.example/v1/orders/{principal.user}");
  EXPECT_EQ(tool.http.body.text, R"({"note":"{note}","amount":5})");
  EXPECT_EQ(property_names(tool.input), std::vector<std::string>{"note"});
  EXPECT_THAT(tool.arguments, ElementsAre("order-id", "note", "amount"));
}

TEST(OpenApiImport, a_description_has_a_limit) {
  const std::string text(20'000, 'x');
  const std::string document = one("get: {operationId: o, description: " + text +
                                   ", parameters: [" + std::string(kB) + "]}");
  EXPECT_THAT(import(document, "o").wrong, ElementsAre(HasSubstr("longer than 16 KiB")));
}

TEST(OpenApiImport, lists_are_fixed_where_they_are_one_value) {
  OpenApiToolConfig config;
  config.fixed.add("expand").text = R"(["a", "{b}"])";
  config.fixed.add("fields_only").text = R"(["id"])";
  const Imported tool = good("getOrder", config);
  EXPECT_EQ(*tool.http.query.find("expand"), "a,{{b}}");
  EXPECT_EQ(*tool.http.query.find("fields[only]"), "id");
  OpenApiToolConfig several;
  several.fixed.add("fields_only").text = R"(["id", "note"])";
  EXPECT_THAT(import(kOrders, "getOrder", several).wrong,
              ElementsAre(HasSubstr("only one element can be fixed")));
}

TEST(OpenApiImport, a_tools_own_input_says_what_is_sent) {
  const std::string_view own = R"({"type":"object","properties":{"order-id":{},"expand":{}}})";
  const Outcome out = import(kOrders, "getOrder", {}, {}, own);
  ASSERT_TRUE(out.imported);
  EXPECT_EQ(out.imported->input, own);
  EXPECT_EQ(out.imported->http.query.size(), 1U);
  EXPECT_TRUE(out.imported->http.header_templates.empty());
  EXPECT_THAT(import(kOrders, "getOrder", {}, {}, "{}").wrong,
              ElementsAre(HasSubstr("the path needs the argument `order-id`")));
}

TEST(OpenApiImport, a_tools_own_input_stands_in_for_schemas_that_cannot_be_used) {
  const std::string document =
      one("get: {operationId: o, parameters: [" + std::string(kB) +
          ", {name: c, in: query, schema: {items: {$ref: 'other.yaml'}}}]}");
  EXPECT_THAT(import(document, "o").wrong, ElementsAre(HasSubstr("leads out of the document")));
  const Outcome out =
      import(document, "o", {}, {}, R"({"type":"object","properties":{"b":{},"c":{}}})");
  ASSERT_TRUE(out.imported);
  EXPECT_EQ(*out.imported->http.query.find("c"), "{c*}");
}

TEST(OpenApiImport, headers_with_secrets_are_no_arguments) {
  OpenApiConfig service;
  service.headers.add("X-Trace") = *base::SecretRef::parse("env:X");
  service.url = *base::config::Url::parse("http://127.0.0.1:9000/api/");
  const Imported tool = good("getOrder", {}, service);
  EXPECT_TRUE(tool.http.header_templates.empty());
  EXPECT_EQ(tool.http.headers.find("X-Trace")->text(), "env:X");
  EXPECT_EQ(tool.http.url, "http://127.0.0.1:9000/api/orders/{order-id}");
}

TEST(OpenApiImport, output_is_the_schema_of_success) {
  OpenApiToolConfig config;
  config.check_output = true;
  EXPECT_EQ(good("getOrder", config).output, R"({"type":"object"})");
  EXPECT_THAT(import(kOrders, "dropOrder", config).wrong,
              ElementsAre(HasSubstr("says nothing of a successful answer")));
}

TEST(OpenApiImport, what_cannot_be_is_said_with_its_place) {
  struct Row {
    std::string operation;
    const char* wrong;
  };
  const auto with = [](const std::string& parameter) {
    return "get: {operationId: o, parameters: [" + std::string(kB) + ", " + parameter + "]}";
  };
  const auto post = [](const std::string& body) {
    return "post: {operationId: o, parameters: [" + std::string(kB) + "], requestBody: " + body +
           "}";
  };
  for (const Row& row : {
           Row{with("{name: c, in: cookie, required: true, schema: {}}"),
               "/get/parameters/1: the parameter `c` is in the cookie, which tools cannot send"},
           Row{with("{name: c, in: query, required: true, style: deepObject, schema: {}}"),
               "`c` has the style deepObject"},
           Row{with("{name: c, in: query, required: true, schema: {type: object}}"),
               "`c` is an object, which tools can send in bodies only"},
           Row{with("{name: c, in: query, required: true, content: {}}"), "`c` has no schema"},
           Row{with("{name: Host, in: header, required: true, schema: {}}"),
               "`Host` is a header that Headgate sets itself"},
           Row{with("{name: 'a b', in: header, required: true, schema: {}}"),
               "`a b` is no name of a header"},
           Row{with("{in: query, required: true, schema: {}}"), "has no name"},
           Row{with("{$ref: '#/components/parameters/C'}"), "leads nowhere"},
           Row{with("{name: c, in: query, schema: {unevaluatedProperties: false}}"),
               "its arguments: the JSON Schema cannot be used"},
           Row{with("{name: c, in: query, schema: {pattern: '(?=x)'}}"), "its arguments: "},
           Row{with("{name: '" + std::string(65, 'x') + "', in: query, schema: {}}"),
               "cannot be the name of an argument"},
           Row{"get: {operationId: o}", "the path has {b}, which is none of its parameters"},
           Row{"head: {operationId: o}", "the method HEAD is none that tools have"},
           Row{post("{required: true, content: {multipart/form-data: {schema: {}}}}"),
               "the body has no schema as application/json, and tools send no other; "
               "multipart/form-data"},
           Row{post("{$ref: 'bodies.yaml'}"), "leads out of the document"},
           Row{"get: {operationId: o, parameters: [" + std::string(kB) +
                   "], requestBody: {content: {application/json: {schema: {}}}}}",
               "a GET has no body"},
       }) {
    EXPECT_THAT(import(one(row.operation), "o").wrong, ElementsAre(HasSubstr(row.wrong)))
        << row.operation;
  }
}

TEST(OpenApiImport, what_is_optional_is_left_out_with_a_warning) {
  const Outcome out = import(
      one("post: {operationId: o, deprecated: true, security: [{k: []}], parameters: [" +
              std::string(kB) +
              ", {name: c, in: cookie, schema: {}}, {name: d, in: query, schema: {type: object}}], "
              "requestBody: {content: {text/plain: {schema: {}}}}}",
          ", components: {securitySchemes: {k: {type: http, scheme: bearer}}}"),
      "o");
  ASSERT_TRUE(out.imported);
  EXPECT_THAT(out.warnings,
              ElementsAre(HasSubstr("`c` is in the cookie"), HasSubstr("`d` is an object"),
                          HasSubstr("the body has no schema as application/json"),
                          HasSubstr("is deprecated"),
                          HasSubstr("the service wants k (header authorization)")));
  EXPECT_EQ(property_names(out.imported->input), std::vector<std::string>{"b"});
}

TEST(OpenApiImport, where_the_service_is) {
  const auto at = [](const std::string& servers, const std::string& own) {
    return import(
        "{openapi: 3.1.0, " + servers + "paths: {/a: {get: {operationId: o" + own + "}}}}", "o");
  };
  EXPECT_EQ(at("servers: [{url: 'http://h/x/'}], ", "").imported->http.url, "http://h/x/a");
  EXPECT_EQ(
      at("servers: [{url: 'http://h'}], ", ", servers: [{url: 'http://i'}]").imported->http.url,
      "http://i/a");
  EXPECT_THAT(at("", "").wrong, ElementsAre(HasSubstr("it has no servers")));
  EXPECT_THAT(at("servers: [{url: /v3}], ", "").wrong,
              ElementsAre(HasSubstr("`/v3` does not say where the service is")));
  EXPECT_THAT(at("servers: [{url: 'http://h?x=1'}], ", "").wrong,
              ElementsAre(HasSubstr("does not say where the service is")));
}

TEST(OpenApiImport, literals_of_paths_are_literal) {
  const Outcome out = import(
      "{openapi: 3.1.0, servers: [{url: 'http://h'}], paths: {'/a%20b/c}/{x}:do': {get: "
      "{operationId: o, parameters: [{name: x, in: path, schema: {type: array}}]}}}}",
      "o");
  ASSERT_TRUE(out.imported) << testing::PrintToString(out.wrong);
  EXPECT_EQ(out.imported->http.url, "http://h/a b/c}}/{x,}:do");
}

TEST(OpenApiDocument, is_read_as_yaml_and_as_json) {
  EXPECT_TRUE(Document::read(R"({"openapi": "3.1.0", "paths": {}})"));
  EXPECT_TRUE(Document::read("openapi: 3.1\n"));
  for (const auto& [text, wrong] : std::vector<std::pair<const char*, const char*>>{
           {"", "is no OpenAPI document"},
           {"[]", "is no OpenAPI document"},
           {"hello: 1", "is no OpenAPI document"},
           {"swagger: '2.0'", "is Swagger 2.0"},
           {"openapi: 3.2.0", "is OpenAPI 3.2.0; 3.0 and 3.1 are understood"},
           {"openapi: 3.10.0", "is OpenAPI 3.10.0"},
           {"openapi: [", "1:1: YAML"},
           {R"({"openapi": "3.1.0",)", "1:"},
           {"<html>", "is no OpenAPI document"}}) {
    const auto read = Document::read(text);
    ASSERT_FALSE(read) << text;
    EXPECT_THAT(read.error().detail, HasSubstr(wrong)) << text;
  }
}

TEST(OpenApiOperations, are_found_by_id_or_by_method_and_path) {
  const auto document = Document::read(
      "{openapi: 3.1.0, paths: {/a: {$ref: '#/x-items/a'}, /b: {get: {operationId: same}, "
      "post: {operationId: same}}, x-c: {get: {}}}, x-items: {a: {get: {operationId: getA}}}}");
  Remarks remarks;
  const auto all = operations_of(*document, remarks);
  EXPECT_EQ(all.size(), 3U);
  EXPECT_EQ(find_operations(all, "getA").size(), 1U);
  EXPECT_EQ(find_operations(all, "get /a").size(), 1U);
  EXPECT_EQ(find_operations(all, "same").size(), 2U);
  EXPECT_EQ(find_operations(all, "POST /b").size(), 1U);
  EXPECT_EQ(find_operations(all, "POST /a").size(), 0U);
  EXPECT_EQ(find_operations(all, "").size(), 0U);
}

}  // namespace
}  // namespace headgate::agents::openapi
