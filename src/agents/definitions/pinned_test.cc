#include "agents/definitions/pinned.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "agents/definitions/graph.h"

namespace headgate::agents {
namespace {

ToolConfigs some_tools() {
  ToolConfigs out;
  ToolConfig& get = out.add("get_order");
  get.input.text = R"({"type":"object","properties":{"id":{"type":"string"}},"required":["id"]})";
  get.effect = Effect::pure;
  get.http.emplace();
  get.http->method = ToolMethod::get;
  get.http->url = "http://127.0.0.1:1/orders/{id}";
  get.http->headers.add("authorization") = *base::SecretRef::parse("env:ORDERS");
  out.add("now").builtin = Builtin::current_time;
  return out;
}

std::shared_ptr<const Definitions> definitions_with(const std::string& prompt) {
  AgentConfigs agents;
  AgentConfig& triage = agents.add("triage");
  triage.prompt = prompt;
  triage.model = "m";
  triage.temperature = 0.5;
  triage.handoffs = {"billing"};
  AgentConfig& billing = agents.add("billing");
  billing.prompt = "b";
  billing.tools = {"get_order"};
  billing.handoffs = {"triage"};
  billing.output_schema.text = R"({"type":"string"})";
  AgentConfig& alone = agents.add("alone");
  alone.prompt = "c";
  alone.tools = {"now"};
  return *make_definitions(some_tools(), agents, {});
}

TEST(Pinned, holds_what_an_agent_reaches) {
  const auto all = definitions_with("p");
  const auto pinned = Pinned::read(Pinned::write(reachable(*all, "triage")));
  ASSERT_TRUE(pinned) << pinned.error().detail;
  EXPECT_NE((*pinned)->agent("billing"), nullptr);
  EXPECT_EQ((*pinned)->agent("alone"), nullptr);
  EXPECT_EQ((*pinned)->tool("now"), nullptr);
  const PinnedTool* tool = (*pinned)->tool("get_order");
  ASSERT_NE(tool, nullptr);
  EXPECT_EQ(tool->config.effect, Effect::pure);
  EXPECT_EQ(tool->config.http->headers.find("authorization")->text(), "env:ORDERS");
  EXPECT_TRUE(tool->templates.has_value());
  EXPECT_TRUE(tool->tool->check_arguments(R"({"id":"1"})").empty());
  EXPECT_FALSE(tool->tool->check_arguments(R"({"id":1})").empty());
  EXPECT_TRUE((*pinned)->agent("billing")->output.has_value());
  EXPECT_EQ((*pinned)->agent("triage")->config.temperature, 0.5);
}

RC_GTEST_PROP(Pinned, any_prompt_comes_back, (const std::string& bytes)) {
  std::string prompt = "${x} ";
  for (const char c : bytes) prompt += static_cast<char>(c & 0x7F);  // ASCII, control bytes too
  const auto all = definitions_with(prompt);
  const auto pinned = Pinned::read(Pinned::write(*all));
  RC_ASSERT(pinned.has_value());
  RC_ASSERT((*pinned)->agent("triage")->prompt == prompt);
}

TEST(Pinned, the_same_text_has_the_same_digest) {
  const auto one = Pinned::read(Pinned::write(*definitions_with("p")));
  const auto same = Pinned::read((*one)->text());
  const auto other = Pinned::read(Pinned::write(*definitions_with("q")));
  EXPECT_EQ((*one)->digest(), (*same)->digest());
  EXPECT_NE((*one)->digest(), (*other)->digest());
}

TEST(Graph, draws_agents_tools_and_handoffs) {
  const auto all = definitions_with("p");
  const std::string text = draw_graph(all->tools, all->agents, GraphFormat::text);
  EXPECT_NE(text.find("billing 1.0.0 ()\n├─ Tool: get_order (pure, GET http://127.0.0.1:1/"),
            std::string::npos)
      << text;
  const std::string dot = draw_graph(all->tools, all->agents, GraphFormat::dot);
  EXPECT_NE(dot.find("agent_billing -> tool_get_order;"), std::string::npos) << dot;
}

}  // namespace
}  // namespace headgate::agents
