// What a service gets is what the arguments said, through the same code as every call of a tool.
#include "agents/http_tools/request.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "agents/openapi_tools/import.h"
#include "base/async/loop.h"
#include "base/text/strings.h"

namespace headgate::agents {
namespace {

namespace json = boost::json;

constexpr std::string_view kDocument = R"(
openapi: 3.1.0
servers: [{url: "http://127.0.0.1:1/api"}]
paths:
  /things/{id}/parts:
    post:
      operationId: o
      parameters:
        - {name: id, in: path, required: true, schema: {type: string}}
        - {name: "tag[]", in: query, schema: {type: array, items: {type: string}}}
        - {name: of, in: query, explode: false, schema: {type: array, items: {type: integer}}}
        - {name: q, in: query, schema: {type: string}}
        - {name: X-Note, in: header, schema: {type: string}}
      requestBody:
        required: true
        content:
          application/json:
            schema:
              type: object
              properties: {text: {type: string}, n: {type: integer}, list: {type: array}}
)";

PinnedTool make_tool() {
  const auto document = openapi::Document::read(kDocument);
  openapi::Remarks remarks;
  const auto all = openapi::operations_of(*document, remarks);
  auto imported = openapi::import_operation({*document, all.front(), {}, {}}, remarks);
  PinnedTool out;
  out.name = "t";
  out.config.http = imported->http;
  ToolInfo info;
  info.input_schema = imported->input;
  out.tool = std::make_shared<const Tool>(std::move(info));
  ToolTemplates::Wrongs wrongs;
  out.templates = ToolTemplates::parse(*out.config.http, wrongs);
  return out;
}

base::Result<ToolRequest> request_of(const PinnedTool& tool, const json::object& arguments) {
  static const base::RealClock clock;
  static base::Loop loop(clock);
  static base::Cancellation never;
  const base::Context ctx{loop, never};
  const std::string text = json::serialize(arguments);
  EXPECT_EQ(tool.tool->check_arguments(text), "");
  return make_request(ctx, {tool, text, "key", "run_1"});
}

// Parameters of a query by name, decoded, in order.
std::vector<std::pair<std::string, std::string>> query_of(std::string_view target) {
  std::vector<std::pair<std::string, std::string>> out;
  const std::size_t mark = target.find('?');
  std::string_view rest = mark == std::string_view::npos ? "" : target.substr(mark + 1);
  while (!rest.empty()) {
    const std::string_view one = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(one.size() + 1, rest.size()));
    const std::size_t equals = one.find('=');
    out.emplace_back(base::percent_decode(one.substr(0, equals)),
                     base::percent_decode(one.substr(equals + 1)));
  }
  return out;
}

std::string text_of(const std::string& bytes) {
  std::string out;
  for (const char c : bytes) out += static_cast<char>(c & 0x7F);
  return out;
}

RC_GTEST_PROP(OpenApiRequest, says_what_the_arguments_say,
              (const std::string& id, const std::string& q, const std::vector<std::string>& tags,
               const std::vector<int>& of)) {
  static const PinnedTool tool = make_tool();
  json::object arguments{{"id", text_of(id)}, {"q", text_of(q)}, {"text", text_of(q)}};
  json::array tag_list;
  for (const std::string& tag : tags) tag_list.emplace_back(text_of(tag));
  arguments["tag"] = tag_list;
  arguments["of"] = json::array(of.begin(), of.end());
  const auto request = request_of(tool, arguments);
  if (!request) return;  // an id that would be another path
  const std::string path = request->target.substr(0, request->target.find('?'));
  RC_ASSERT(path == "/api/things/" + base::percent_encode(text_of(id)) + "/parts");
  std::vector<std::pair<std::string, std::string>> expected;
  for (const std::string& tag : tags) expected.emplace_back("tag[]", text_of(tag));
  std::string joined;
  for (std::size_t i = 0; i < of.size(); ++i) joined += (i == 0 ? "" : ",") + std::to_string(of[i]);
  expected.emplace_back("of", joined);
  expected.emplace_back("q", text_of(q));
  RC_ASSERT(query_of(request->target) == expected);
  const json::value body = json::parse(request->body);
  RC_ASSERT(body == json::value({{"text", text_of(q)}}));
}

TEST(OpenApiRequest, headers_are_one_line) {
  const PinnedTool tool = make_tool();
  const auto fine = request_of(tool, {{"id", "1"}, {"X-Note", "a b"}});
  ASSERT_TRUE(fine);
  EXPECT_THAT(fine->headers, testing::HasSubstr("X-Note: a b\r\n"));
  EXPECT_EQ(fine->body, "{}");
  for (const char* bad : {"a\r\nhost: b", "a\nb", "\x01"}) {
    const auto refused = request_of(tool, {{"id", "1"}, {"X-Note", bad}});
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().detail, testing::HasSubstr("the header X-Note"));
  }
}

TEST(OpenApiRequest, arguments_that_nobody_knows_are_told) {
  const PinnedTool tool = make_tool();
  EXPECT_NE(tool.tool->check_arguments(R"({"id":"1","other":2})"), "");
  EXPECT_NE(tool.tool->check_arguments(R"({"id":"1","of":["x"]})"), "");
  EXPECT_NE(tool.tool->check_arguments("{}"), "");
}

}  // namespace
}  // namespace headgate::agents
