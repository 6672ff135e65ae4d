#include "agents/run/conversation.h"

#include <gtest/gtest.h>

#include "llm/codecs.h"

namespace headgate::agents {
namespace {

std::shared_ptr<const Pinned> pinned() {
  ToolConfigs tools;
  tools.add("get").input.text = R"({"type":"object"})";
  tools.add("get2");
  AgentConfigs agents;
  AgentConfig& a = agents.add("a");
  a.prompt = "Be brief.";
  a.model = "m";
  a.temperature = 0.25;
  a.output_tokens_max = 99;
  a.tools = {"get"};
  a.handoffs = {"b"};
  a.output_schema.text = R"({"type":"object"})";
  AgentConfig& b = agents.add("b");
  b.prompt = "x";
  b.description = "Refunds.";
  return *Pinned::read(Pinned::write(**make_definitions(tools, agents, {})));
}

TEST(Conversation, asks_as_a_client_would) {
  RunState state;
  state.messages = {R"({"role":"user","content":"hi"})"};
  const auto all = pinned();
  EXPECT_EQ(request_body(state, *all->agent("a"), *all),
            R"({"model":"m","messages":[{"role":"system","content":"Be brief."},)"
            R"({"role":"user","content":"hi"}],"tools":[{"type":"function","function":)"
            R"({"name":"get","parameters":{"type":"object"}}},{"type":"function","function":)"
            R"({"name":"transfer_to_b","description":"Hand the conversation over to b: Refunds.",)"
            R"("parameters":{"type":"object","properties":{"reason":{"type":"string"}}}}}],)"
            R"("temperature":0.25,"max_completion_tokens":99,"response_format":)"
            R"({"type":"json_schema","json_schema":{"name":"a","schema":{"type":"object"}}}})");
}

llm::chat::Answer answer_of(std::string_view body) {
  return *llm::codec(llm::chat::Dialect::openai_chat).decode_answer(body, {});
}

TEST(Conversation, asks_for_a_stream_with_its_usage) {
  const auto all = pinned();
  RunState state;
  const std::string body = request_body(state, *all->agent("a"), *all, true);
  EXPECT_TRUE(body.ends_with(R"(,"stream":true,"stream_options":{"include_usage":true}})")) << body;
}

TEST(Conversation, reads_calls_and_handoffs) {
  const auto all = pinned();
  const auto answer = answer_of(
      R"({"id":"x","object":"chat.completion","created":1,"model":"m-1","choices":[{"index":0,)"
      R"("message":{"role":"assistant","content":"so","tool_calls":[)"
      R"({"id":"t1","type":"function","function":{"name":"get","arguments":""}},)"
      R"({"id":"t2","type":"function","function":{"name":"transfer_to_b","arguments":"{}"}},)"
      R"({"id":"t3","type":"function","function":{"name":"transfer_to_c","arguments":"{}"}}]},)"
      R"("finish_reason":"tool_calls"}],"usage":{"prompt_tokens":7,"completion_tokens":3,)"
      R"("total_tokens":10}})");
  const auto outcome = read_outcome(answer, 4, *all->agent("a"));
  ASSERT_TRUE(outcome) << outcome.error().detail;
  EXPECT_EQ(outcome->text, "so");
  ASSERT_EQ(outcome->calls.size(), 3U);
  EXPECT_EQ(outcome->calls[0].id, "c4_1");
  EXPECT_EQ(outcome->calls[0].arguments, "{}");
  EXPECT_EQ(outcome->calls[1].transfer_to, "b");
  EXPECT_EQ(outcome->calls[2].transfer_to, "");  // no handoff of this agent: an unknown tool
  EXPECT_EQ(outcome->usage.input, 7);
  EXPECT_EQ(outcome->model, "m-1");
}

TEST(Conversation, refuses_what_is_no_answer) {
  const auto all = pinned();
  EXPECT_FALSE(read_outcome({}, 1, *all->agent("a")));
}

}  // namespace
}  // namespace headgate::agents
