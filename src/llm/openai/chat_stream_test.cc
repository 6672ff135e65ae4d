#include "llm/openai/chat_stream.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace headgate::llm::openai {
namespace {

using base::Errc;
using base::Usage;

std::string delta(std::string_view json, std::string_view finish_reason = "null", int index = 0) {
  return "{\"id\":\"c\",\"model\":\"m\",\"choices\":[{\"index\":" + std::to_string(index) +
         ",\"delta\":" + std::string(json) + ",\"finish_reason\":" + std::string(finish_reason) +
         "}],\"usage\":null}";
}

constexpr std::string_view kUsage =
    R"({"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2}})";

// Feeds everything, expects no error.
std::vector<ChunkFacts> feed(ChatStream& stream, const std::vector<std::string>& events) {
  std::vector<ChunkFacts> facts;
  for (const std::string& event : events) {
    const auto result = stream.on_data(event);
    EXPECT_TRUE(result) << event << ": " << result.error().detail;
    facts.push_back(*result);
  }
  return facts;
}

TEST(chat_stream, a_whole_answer) {
  ChatStream stream;
  const auto facts = feed(stream, {delta(R"({"role":"assistant","content":""})"),
                                   delta(R"({"content":"Hel"})"), delta(R"({"content":"lo\n"})"),
                                   delta("{}", "\"stop\""), std::string(kUsage), "[DONE]"});
  EXPECT_FALSE(facts[0].content);
  EXPECT_TRUE(facts[1].content);
  EXPECT_FALSE(facts[3].content);
  EXPECT_TRUE(facts[4].usage_only);
  EXPECT_FALSE(facts[4].strip);
  EXPECT_TRUE(facts[5].done);
  EXPECT_TRUE(stream.complete());
  EXPECT_FALSE(stream.truncated());
  EXPECT_EQ(stream.text(), "Hello\n");
  EXPECT_EQ(stream.id(), "c");
  EXPECT_EQ(stream.model(), "m");
  EXPECT_EQ(stream.usage(), (Usage{.input = 3, .output = 2}));
  EXPECT_EQ(stream.finish_reasons(), std::vector<std::string>{"stop"});
}

TEST(chat_stream, only_a_usage_chunk_of_our_own_is_stripped) {
  ChatStream stream({.usage_is_ours = true});
  const auto facts = feed(
      stream,
      {R"({"choices":[],"prompt_filter_results":[]})", delta(R"({"content":"x"})", "\"stop\""),
       R"({"choices":[{"index":0,"delta":{}}],"usage":{"prompt_tokens":1,"completion_tokens":1}})",
       R"({"choices":[],"usage":null})", std::string(kUsage)});
  const std::vector<bool> expected = {false, false, false, false, true};
  for (std::size_t i = 0; i < facts.size(); ++i) EXPECT_EQ(facts[i].strip, expected[i]) << i;
  EXPECT_EQ(stream.usage(), (Usage{.input = 3, .output = 2}));
}

TEST(chat_stream, what_counts_as_a_token) {
  const auto counts = [](std::string_view json) {
    ChatStream stream;
    return stream.on_data(delta(json))->content;
  };
  EXPECT_TRUE(counts(R"({"content":"x"})"));
  EXPECT_TRUE(counts(R"({"refusal":"x"})"));
  EXPECT_TRUE(counts(R"({"reasoning_content":"x"})"));
  EXPECT_TRUE(counts(R"({"reasoning":"x"})"));
  EXPECT_TRUE(counts(R"({"tool_calls":[{"index":0}]})"));
  EXPECT_TRUE(counts(R"({"function_call":{"name":"f"}})"));
  EXPECT_TRUE(counts(R"({"audio":{"data":"x"}})"));
  EXPECT_FALSE(counts("{}"));
  EXPECT_FALSE(counts("null"));
  EXPECT_FALSE(counts(R"({"role":"assistant","content":null,"refusal":null})"));
  EXPECT_FALSE(counts(R"({"content":"","tool_calls":[]})"));
}

TEST(chat_stream, tool_calls_are_put_together) {
  ChatStream stream;
  feed(stream,
       {delta(R"({"tool_calls":[{"index":0,"id":"a","type":"function",)"
              R"("function":{"name":"f","arguments":""}}]})"),
        delta(R"({"tool_calls":[{"index":0,"function":{"arguments":"{\"x\""}}]})"),
        delta(R"({"tool_calls":[{"index":1,"id":"b","function":{"name":"g","arguments":"{}"}}]})"),
        delta(R"({"tool_calls":[{"index":0,"function":{"arguments":":1}"}}]})"),
        delta("{}", "\"tool_calls\""), "[DONE]"});
  ASSERT_EQ(stream.tool_calls().size(), 2U);
  EXPECT_EQ(stream.tool_calls()[0].arguments, R"({"x":1})");
  EXPECT_EQ(stream.tool_calls_json(),
            R"([{"id":"a","type":"function","function":{"name":"f","arguments":"{\"x\":1}"}},)"
            R"({"id":"b","type":"function","function":{"name":"g","arguments":"{}"}}])");
  EXPECT_TRUE(stream.complete());
}

TEST(chat_stream, two_calls_with_one_index_stay_two) {
  ChatStream stream;
  feed(stream, {delta(R"({"tool_calls":[{"index":0,"id":"a","function":{"arguments":"1"}}]})"),
                delta(R"({"tool_calls":[{"index":0,"id":"b","function":{"arguments":"2"}}]})"),
                delta(R"({"tool_calls":[{"index":0,"function":{"arguments":"3"}}]})"),
                delta(R"({"tool_calls":[{"function":{"arguments":"4"}}]})")});
  ASSERT_EQ(stream.tool_calls().size(), 2U);
  EXPECT_EQ(stream.tool_calls()[0].arguments, "1");
  EXPECT_EQ(stream.tool_calls()[1].arguments, "234");
}

TEST(chat_stream, ends) {
  struct Case {
    std::vector<std::string> events;
    bool complete, truncated, finished;
  };
  const std::string text = delta(R"({"content":"x"})");
  const std::string stop = delta("{}", "\"stop\"");
  const std::string error = R"({"error":{"message":"busy","type":"server_error"}})";
  for (const Case& c : std::vector<Case>{
           {{}, false, true, false},
           {{text}, false, true, false},
           {{text, stop}, false, true, true},
           {{text, stop, "[DONE]"}, true, false, true},
           {{text, "[DONE]"}, false, true, false},
           {{"[DONE]"}, false, true, false},
           {{text, error}, false, false, false},
           {{text, stop, error, "[DONE]"}, false, false, true},
           {{text, stop, delta("{}", "null", 1), "[DONE]"}, false, true, false},
           {{text, stop, delta("{}", "\"length\"", 1), "[DONE]"}, true, false, true}}) {
    ChatStream stream;
    feed(stream, c.events);
    EXPECT_EQ(stream.complete(), c.complete);
    EXPECT_EQ(stream.truncated(), c.truncated);
    EXPECT_EQ(stream.finished(), c.finished);
  }
}

TEST(chat_stream, an_error_event) {
  ChatStream stream;
  const auto facts =
      stream.on_data(R"({"error":{"message":"busy","type":"server_error","code":"x"}})");
  ASSERT_TRUE(facts);
  EXPECT_TRUE(facts->error);
  EXPECT_EQ(stream.error()->message, "busy");
}

TEST(chat_stream, malformed_events) {
  for (const std::string_view data :
       {"", "{", "[]", "DONE", "{\"choices\":{}}", "{\"choices\":[1]}",
        "{\"choices\":[{\"index\":-1}]}", "{\"choices\":[{\"index\":128}]}",
        "{\"choices\":[{\"index\":\"0\"}]}", "{} {}"}) {
    ChatStream stream;
    const auto facts = stream.on_data(data);
    ASSERT_TRUE(facts.has_error()) << data;
    EXPECT_EQ(facts.error().code, Errc::upstream_malformed);
  }
}

TEST(chat_stream, nothing_may_follow_done) {
  ChatStream stream;
  feed(stream, {" [DONE]"});
  EXPECT_EQ(stream.on_data("{}").error().code, Errc::upstream_malformed);
  EXPECT_EQ(stream.on_data("[DONE]").error().code, Errc::upstream_malformed);
}

TEST(chat_stream, what_it_gathers_is_bounded) {
  ChatStream stream({.gathered_bytes_max = 5});
  feed(stream, {delta(R"({"content":"abc\u00e9"})"), delta(R"({"content":"x"})"),
                delta(R"({"tool_calls":[{"index":0,"id":"a"}]})")});
  EXPECT_EQ(stream.text(), "abc\xC3\xA9");
  EXPECT_TRUE(stream.gathered_cut());
  ChatStream calls({.tool_calls_max = 1});
  feed(calls, {delta(R"({"tool_calls":[{"index":0,"id":"a"},{"index":1,"id":"b"}]})")});
  EXPECT_EQ(calls.tool_calls().size(), 1U);
  EXPECT_TRUE(calls.gathered_cut());
}

TEST(chat_stream, thoughts_are_gathered_apart) {
  ChatStream stream({.gathered_bytes_max = 2, .reasoning_bytes_max = 4});
  feed(stream, {delta(R"({"reasoning_content":"hm"})"),
                delta(R"({"reasoning":" so","reasoning_content":" so"})"),
                delta(R"({"content":"ok","reasoning":null})")});
  EXPECT_EQ(stream.reasoning(), "hm s");
  EXPECT_EQ(stream.text(), "ok");
  EXPECT_FALSE(stream.gathered_cut());
}

TEST(chat_stream, only_the_first_choice_is_gathered) {
  ChatStream stream;
  feed(
      stream,
      {R"({"choices":[{"delta":{"content":"b"},"index":1},{"delta":{"content":"a"},"index":0}]})"});
  EXPECT_EQ(stream.text(), "a");
}

}  // namespace
}  // namespace headgate::llm::openai
