#include "llm/anthropic/answer.h"

#include <gtest/gtest.h>

#include <string>

namespace headgate::llm::anthropic {
namespace {

using base::Errc;
using chat::StopReason;

TEST(anthropic_answer, is_read_whole) {
  const auto answer = decode_answer(
      R"({"type":"message","id":"msg_1","role":"assistant","model":"claude-x","content":[
          {"type":"thinking","thinking":"hm","signature":"c2ln"},
          {"type":"text","text":"caf\u00e9",
           "citations":[{"type":"page_location","cited_text":"c"}]},
          {"type":"server_tool_use","id":"srv","name":"web_search","input":{"q":"x"}},
          {"type":"tool_use","id":"toolu_1","name":"f","input":{"n": 1.50},
           "caller":{"type":"direct"}}],
          "stop_reason":"tool_use","stop_sequence":null,"stop_details":null,"container":{"id":"c"},
          "usage":{"input_tokens":5,"cache_read_input_tokens":3,"output_tokens":7}})");
  ASSERT_TRUE(answer) << answer.error().detail;
  EXPECT_EQ(answer->id, "msg_1");
  EXPECT_EQ(answer->model, "claude-x");
  EXPECT_EQ(answer->usage, (base::Usage{.input = 8, .cached = 3, .output = 7}));
  EXPECT_EQ(answer->extras, (chat::Extras{{"container", R"({"id":"c"})"}}));
  ASSERT_EQ(answer->candidates.size(), 1U);
  const chat::Candidate& candidate = answer->candidates[0];
  EXPECT_EQ(candidate.stop, StopReason::tool_calls);
  EXPECT_EQ(candidate.stop_native, "tool_use");
  ASSERT_EQ(candidate.parts.size(), 4U);
  EXPECT_EQ(candidate.parts[0].as<chat::Reasoning>()->signature.value, "c2ln");
  EXPECT_EQ(candidate.parts[1].as<chat::Text>()->text, "caf\xC3\xA9");
  EXPECT_EQ(candidate.parts[2].as<chat::Opaque>()->type, "server_tool_use");
  EXPECT_EQ(candidate.parts[3].as<chat::ToolCall>()->arguments, R"({"n": 1.50})");
}

TEST(anthropic_answer, refusals_keep_their_details) {
  const std::string_view body =
      R"({"id":"msg_1","type":"message","role":"assistant","model":"m","content":[],)"
      R"("stop_reason":"refusal","stop_sequence":null,)"
      R"("stop_details":{"type":"refusal","category":"cyber","explanation":"no"},)"
      R"("usage":{"input_tokens":5,"output_tokens":7}})";
  const auto answer = decode_answer(body);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->candidates[0].stop, StopReason::refusal);
  const std::string again = encode_answer(*answer, {});
  EXPECT_NE(
      again.find(R"("stop_details":{"type":"refusal","category":"cyber","explanation":"no"})"),
      std::string::npos);
  EXPECT_EQ(decode_answer(again).value(), *answer);
}

TEST(anthropic_answer, what_is_none) {
  const auto code = [](std::string_view body, const chat::Limits& limits = {}) {
    return decode_answer(body, limits).error().code;
  };
  EXPECT_EQ(code(R"({"type":"error","error":{"type":"overloaded_error","message":"O"}})"),
            Errc::upstream_status);
  EXPECT_EQ(code(R"({"error":"gone"})"), Errc::upstream_status);
  for (const std::string_view body :
       {"", "<html>", "[]", "{}", R"({"content":"text"})", R"({"content":[1]})",
        R"({"content":[{"type":"text"}]})", R"({"content":[]} x)"}) {
    EXPECT_EQ(code(body), Errc::upstream_malformed) << body;
  }
  EXPECT_EQ(code(R"({"content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]})",
                 {.parts_max = 1}),
            Errc::upstream_malformed);
  EXPECT_EQ(decode_answer(R"({"type":"error","error":{"type":"api_error","message":"m"}})")
                .error()
                .detail,
            "the provider answered with api_error: m");
}

struct Word {
  StopReason reason;
  std::string_view native;
  bool has_calls;
  std::string_view word;
};

class AnthropicStopWord : public testing::TestWithParam<Word> {};

TEST_P(AnthropicStopWord, of_every_reason) {
  EXPECT_EQ(stop_word(GetParam().reason, GetParam().native, GetParam().has_calls), GetParam().word);
}

INSTANTIATE_TEST_SUITE_P(
    table, AnthropicStopWord,
    testing::Values(Word{StopReason::none, "", false, "end_turn"},
                    Word{StopReason::stop, "STOP", false, "end_turn"},
                    // Gemini has no word for it.
                    Word{StopReason::stop, "STOP", true, "tool_use"},
                    Word{StopReason::tool_calls, "tool_calls", true, "tool_use"},
                    // A client would wait for calls that are not there.
                    Word{StopReason::tool_calls, "tool_calls", false, "end_turn"},
                    Word{StopReason::length, "length", true, "max_tokens"},
                    Word{StopReason::context, "", false, "model_context_window_exceeded"},
                    Word{StopReason::stop_sequence, "", false, "stop_sequence"},
                    Word{StopReason::content_filter, "SAFETY", false, "refusal"},
                    Word{StopReason::refusal, "refusal", false, "refusal"},
                    Word{StopReason::pause, "pause_turn", false, "pause_turn"},
                    Word{StopReason::pause, "compaction", false, "compaction"},
                    Word{StopReason::pause, "CONTINUATION", false, "pause_turn"},
                    Word{StopReason::malformed, "MALFORMED_FUNCTION_CALL", false, "max_tokens"},
                    Word{StopReason::other, "overloaded_error", false, "end_turn"}));

TEST(anthropic_answer, words_of_this_dialect) {
  EXPECT_EQ(stop_reason("end_turn"), StopReason::stop);
  EXPECT_EQ(stop_reason("model_context_window_exceeded"), StopReason::context);
  EXPECT_EQ(stop_reason("compaction"), StopReason::pause);
  EXPECT_EQ(stop_reason("from_the_future"), StopReason::other);
}

TEST(anthropic_answer, of_another_dialect) {
  chat::Answer answer;
  answer.origin = chat::Dialect::openai_responses;
  answer.id = "resp_1-a";
  answer.model = "gpt";
  answer.extras = {{"object", "\"response\""}};
  chat::Candidate& candidate = answer.candidates.emplace_back();
  chat::Reasoning thoughts;
  thoughts.text = "sum";
  thoughts.is_summary = true;
  thoughts.id = "rs_1";
  thoughts.signature = {chat::Dialect::openai_responses, "ZW5j"};
  candidate.parts.push_back({thoughts, {}, {}});
  candidate.parts.push_back({chat::Text{"", ""}, {}, {}});
  candidate.parts.push_back({chat::Text{"hi", R"([{"type":"url_citation"}])"}, {}, {{"x", "1"}}});
  candidate.parts.push_back({chat::Media{}, {}, {}});
  candidate.parts.push_back(
      {chat::Opaque{chat::Dialect::openai_responses, "web_search_call", "{}"}, {}, {}});
  candidate.parts.push_back({chat::ToolCall{"call:1", "f", "", false, {}}, {}, {}});
  candidate.parts.push_back({chat::ToolCall{"2", "shell", "ls", true, {}}, {}, {}});
  candidate.stop = StopReason::tool_calls;
  answer.candidates.emplace_back();
  EXPECT_EQ(
      encode_answer(answer, {}),
      R"({"id":"msg_resp_1_a","type":"message","role":"assistant","model":"gpt","content":[)"
      R"({"type":"thinking","thinking":"sum","signature":"headgate.responses.s.rs_5f1.ZW5j"},)"
      R"({"type":"text","text":"hi"},)"
      R"({"type":"tool_use","id":"hgx_call_3a1","name":"f","input":{}},)"
      R"({"type":"tool_use","id":"2","name":"shell","input":{"input":"ls"}}],)"
      R"("stop_reason":"tool_use","stop_sequence":null,"stop_details":null,)"
      R"("usage":{"input_tokens":0,"cache_creation_input_tokens":0,)"
      R"("cache_read_input_tokens":0,"cache_creation":{"ephemeral_5m_input_tokens":0,)"
      R"("ephemeral_1h_input_tokens":0},"output_tokens":0,"output_tokens_details":)"
      R"({"thinking_tokens":0},"server_tool_use":null,"service_tier":"standard",)"
      R"("speed":"standard","inference_geo":null}})");
}

TEST(anthropic_answer, a_refusal_in_words) {
  chat::Answer answer;
  chat::Candidate& candidate = answer.candidates.emplace_back();
  candidate.parts.push_back({chat::Refusal{"I won't."}, {}, {}});
  candidate.stop = StopReason::stop;
  const std::string body = encode_answer(answer, {.id = "msg_given"});
  EXPECT_TRUE(body.starts_with(R"({"id":"msg_given",)"));
  EXPECT_NE(body.find(R"("content":[{"type":"text","text":"I won't."}],"stop_reason":"refusal",)"
                      R"("stop_sequence":null,"stop_details":{"type":"refusal","category":null,)"
                      R"("explanation":"I won't."})"),
            std::string::npos)
      << body;
}

TEST(anthropic_answer, ids) {
  EXPECT_EQ(message_id("msg_01"), "msg_01");
  EXPECT_EQ(message_id("chatcmpl-9.x"), "msg_chatcmpl_9_x");
  EXPECT_EQ(message_id(""), "msg_0");
}

TEST(anthropic_answer, counts) {
  EXPECT_EQ(count_answer(42), R"({"input_tokens":42})");
  EXPECT_EQ(read_count_answer(R"({"context_management":{},"input_tokens":42})").value(), 42);
  for (const std::string_view body :
       {"", "{}", R"({"input_tokens":-1})", R"({"input_tokens":"1"})"}) {
    EXPECT_EQ(read_count_answer(body).error().code, Errc::upstream_malformed);
  }
}

TEST(anthropic_answer, models) {
  const ModelEntry models[] = {{.id = "fast", .created_s = 1'700'000'000, .input_tokens_max = 9},
                               {.id = "smart", .display_name = "Smart"}};
  const std::string first =
      R"({"type":"model","id":"fast","display_name":"fast","created_at":"2023-11-14T22:13:20Z",)"
      R"("max_input_tokens":9,"max_tokens":null,"lifecycle":"active","capabilities":null,)"
      R"("line":null,"deprecated_at":null,"retires_at":null})";
  EXPECT_EQ(model_body(models[0]), first);
  const std::string list = models_body(models);
  EXPECT_TRUE(list.starts_with(R"({"data":[)" + first + "," +
                               R"({"type":"model","id":"smart",)"
                               R"("display_name":"Smart","created_at":"1970-01-01T00:00:00Z")"));
  EXPECT_TRUE(list.ends_with(R"(],"has_more":false,"first_id":"fast","last_id":"smart"})"));
  EXPECT_EQ(models_body({}), R"({"data":[],"has_more":false,"first_id":null,"last_id":null})");
}

}  // namespace
}  // namespace headgate::llm::anthropic
