// What a remote server says, and how much of it is believed.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "agents/mcp_client/call_result.h"
#include "agents/mcp_client/handshake.h"
#include "agents/mcp_client/remote_tools.h"
#include "agents/mcp_wire/line_reader.h"

namespace headgate::agents::mcp {
namespace {

std::string page_of(std::string_view tool) { return "{\"tools\":[" + std::string(tool) + "]}"; }

TEST(RemoteTools, TakesWhatIsATool) {
  const auto page = read_tool_page(
      R"({"tools":[{"name":"a.b-c_d","title":"T","description":"D","inputSchema":{"type":"object"},
          "annotations":{"readOnlyHint":true}}],"nextCursor":"n","ttlMs":5000})",
      {}, true);
  ASSERT_TRUE(page.has_value());
  ASSERT_EQ(page->tools.size(), 1U);
  const ToolInfo& info = page->tools[0].tool->info();
  EXPECT_EQ(info.name, "a.b-c_d");
  EXPECT_EQ(info.effect, Effect::at_most_once);  // hints are not believed
  EXPECT_EQ(page->next_cursor, "n");
  EXPECT_EQ(page->ttl_ms, 5000);
}

TEST(RemoteTools, SaysWhyItRefusesOne) {
  const std::string long_text(20'000, 'x');
  const std::vector<std::pair<std::string, std::string>> cases{
      {R"({"inputSchema":{"type":"object"}})", "name"},
      {R"({"name":"a b","inputSchema":{"type":"object"}})", "name"},
      {R"({"name":"a\nb","inputSchema":{"type":"object"}})", "name"},
      {R"({"name":")" + std::string(129, 'x') + R"(","inputSchema":{}})", "name"},
      {R"({"name":"a"})", "inputSchema"},
      {R"({"name":"a","inputSchema":null})", "inputSchema"},
      {R"({"name":"a","inputSchema":{},"description":")" + long_text + "\"}", "description"},
      {R"({"name":"a","inputSchema":{"properties":{"x":{"$ref":"http://10.0.0.1/"}}}})", "$ref"},
      {R"({"name":"a","inputSchema":{},"outputSchema":{"$ref":"https://x/y"}})", "$ref"},
      {R"({"name":"a","inputSchema":{"properties":{"x":{"type":"string","x-mcp-header":"a b"}}}})",
       "x-mcp-header"},
  };
  for (const auto& [tool, why] : cases) {
    const auto page = read_tool_page(page_of(tool), {}, true);
    ASSERT_TRUE(page.has_value()) << tool;
    EXPECT_TRUE(page->tools.empty()) << tool;
    ASSERT_EQ(page->refused.size(), 1U) << tool;
    EXPECT_NE(page->refused[0].why.find(why), std::string::npos) << page->refused[0].why;
  }
  // Where there are no headers, annotations for them do not matter.
  EXPECT_EQ(read_tool_page(page_of(cases.back().first), {}, false)->tools.size(), 1U);
}

TEST(RemoteTools, ABrokenListIsNone) {
  for (const char* text : {"{}", R"({"tools":{}})", R"({"tools":[7]})", R"({"tools":null})"}) {
    EXPECT_FALSE(read_tool_page(text, {}, true).has_value()) << text;
  }
  const std::string cursor(5000, 'c');
  EXPECT_FALSE(
      read_tool_page(R"({"tools":[],"nextCursor":")" + cursor + "\"}", {}, true).has_value());
  EXPECT_EQ(read_tool_page(R"({"tools":[],"ttlMs":-5})", {}, true)->ttl_ms, 0);
  EXPECT_EQ(read_tool_page(R"({"tools":[],"ttlMs":99999999999})", {}, true)->ttl_ms, 3'600'000);
}

Tool structured_tool() {
  ToolInfo info;
  info.name = "t";
  info.output_schema = R"({"type":"object","required":["n"],"properties":{"n":{"type":"number"}}})";
  return Tool(info);
}

TEST(CallResult, IsHeldAgainstTheOutputSchema) {
  const Tool tool = structured_tool();
  EXPECT_TRUE(read_call_result(R"({"content":[],"structuredContent":{"n":1}})", tool).has_value());
  EXPECT_TRUE(read_call_result(R"({"content":[{"type":"text","text":"x"}],"isError":true})", tool)
                  .has_value());
  for (const char* text :
       {R"({"content":[],"structuredContent":{"n":"1"}})", R"({"content":[]})"}) {
    const auto outcome = read_call_result(text, tool);
    ASSERT_FALSE(outcome.has_value());
    EXPECT_EQ(outcome.error().code, base::Errc::output_invalid);
  }
}

TEST(CallResult, MalformedOnesAreErrors) {
  const Tool tool{ToolInfo{}};
  for (const char* text :
       {R"({"content":{}})", R"({"content":[7]})", R"({"content":[{"text":"x"}]})",
        R"({"resultType":"task"})", R"({"resultType":"input_required"})",
        R"({"resultType":"input_required","inputRequests":{"a":{"method":"tools/call"}}})"}) {
    const auto outcome = read_call_result(text, tool);
    ASSERT_FALSE(outcome.has_value()) << text;
    EXPECT_EQ(outcome.error().code, base::Errc::upstream_malformed);
  }
}

TEST(CallResult, QuestionsKeepTheStateApartFromNone) {
  const Tool tool{ToolInfo{}};
  const auto with = read_call_result(
      R"({"resultType":"input_required","requestState":"","inputRequests":
          {"k":{"method":"elicitation/create","params":{"m":1}}}})",
      tool);
  ASSERT_TRUE(with.has_value());
  const auto& required = std::get<InputRequired>(*with);
  ASSERT_EQ(required.requests.size(), 1U);
  EXPECT_EQ(required.requests[0].key, "k");
  EXPECT_EQ(required.requests[0].params, R"({"m":1})");
  EXPECT_EQ(kept_state(required.state), "");
  const auto without = read_call_result(
      R"({"resultType":"input_required","inputRequests":{"k":{"method":"roots/list"}}})", tool);
  EXPECT_EQ(kept_state(std::get<InputRequired>(*without).state), std::nullopt);
  EXPECT_EQ(kept_state(""), std::nullopt);
}

TEST(CallResult, WhatTheServerSaysOfItselfIsNotPassedOn) {
  const Tool tool{ToolInfo{}};
  const auto outcome = read_call_result(
      R"({"content":[],"_meta":{"io.modelcontextprotocol/serverInfo":{"name":"x"},"a/b":1}})",
      tool);
  EXPECT_EQ(std::get<ToolResult>(*outcome).meta, R"({"a/b":1})");
}

WireAnswer result_answer(std::string_view result) {
  WireAnswer out;
  out.result = result;
  return out;
}

WireAnswer error_answer(std::int64_t code, std::string_view data, int status) {
  WireAnswer out;
  out.error = WireError{code, "m", std::string(data)};
  out.http_status = status;
  return out;
}

TEST(Handshake, WhichEraAServerSpeaks) {
  ServerFacts facts;
  EXPECT_EQ(discovered(result_answer(R"({"supportedVersions":["2026-07-28"],
      "capabilities":{"tools":{"listChanged":true}},
      "_meta":{"io.modelcontextprotocol/serverInfo":{"name":"s"}}})"),
                       facts),
            Discovery::modern);
  EXPECT_TRUE(facts.tools && facts.tools_change);
  EXPECT_EQ(facts.name, "s");
  EXPECT_EQ(discovered(result_answer("{}"), facts), Discovery::legacy);
  EXPECT_EQ(discovered(result_answer(R"({"supportedVersions":["2031-01-01"]})"), facts),
            Discovery::legacy);
  EXPECT_EQ(discovered(error_answer(-32022, R"({"supported":["2026-07-28"]})", 400), facts),
            Discovery::again);
  EXPECT_EQ(discovered(error_answer(-32022, R"({"supported":["2025-11-25"]})", 400), facts),
            Discovery::legacy);
  EXPECT_EQ(discovered(error_answer(-32601, "", 404), facts), Discovery::legacy);
  EXPECT_EQ(discovered(WireAnswer{}, facts), Discovery::legacy);
}

TEST(Handshake, ALegacyServerMustSpeakWhatWeDo) {
  const auto facts = initialized(
      result_answer(R"({"protocolVersion":"2025-03-26","capabilities":{},"serverInfo":{}})"));
  ASSERT_TRUE(facts.has_value());
  EXPECT_FALSE(facts->tools);
  EXPECT_FALSE(initialized(result_answer(R"({"protocolVersion":"2031-01-01"})")).has_value());
  EXPECT_FALSE(initialized(result_answer(R"({"capabilities":{}})")).has_value());
  EXPECT_FALSE(initialized(error_answer(-32600, "", 400)).has_value());
  EXPECT_FALSE(initialized(WireAnswer{}).has_value());
}

TEST(LineReader, LinesComeOutOfAnyCut) {
  LineReader reader(10);
  reader.feed("ab\r\ncd");
  EXPECT_EQ(reader.next(), "ab");
  EXPECT_EQ(reader.next(), std::nullopt);
  reader.feed("e\n\nf");
  EXPECT_EQ(reader.next(), "cde");
  EXPECT_EQ(reader.next(), "");
  EXPECT_EQ(reader.next(), std::nullopt);
  EXPECT_FALSE(reader.too_long());
  reader.feed("0123456789");
  EXPECT_EQ(reader.next(), std::nullopt);
  EXPECT_TRUE(reader.too_long());
  EXPECT_EQ(reader.cut(), "f012345678");
  EXPECT_FALSE(reader.too_long());
  EXPECT_EQ(as_line("{\n}"), "{ }\n");
}

}  // namespace
}  // namespace headgate::agents::mcp
