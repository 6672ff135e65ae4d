#include "llm/gemini/answer.h"

#include <gtest/gtest.h>

#include "llm/gemini_wire/reading.h"

namespace headgate::llm::gemini {
namespace {

using base::Errc;
using chat::Answer;
using chat::Candidate;
using chat::Dialect;
using chat::StopReason;
using chat::ToolCall;

Answer decode(std::string_view body) {
  const auto answer = decode_answer(body, {});
  EXPECT_TRUE(answer) << body << ": " << answer.error().detail;
  return answer ? *answer : Answer{};
}

TEST(gemini_answer, a_whole_answer) {
  const Answer answer = decode(
      R"({"candidates":[{"content":{"parts":[{"text":"why","thought":true},{"text":"Hello"},)"
      R"({"functionCall":{"name":"f","args":{"x":1.0}},"thoughtSignature":"s"},)"
      R"({"functionCall":{"id":"own","name":"g"}}],"role":"model"},"finishReason":"STOP",)"
      R"("index":0,"safetyRatings":[],"avgLogprobs":-0.5,"logprobsResult":{"chosenCandidates":)"
      R"([{"token":"Hel\u00e9","tokenId":7,"logProbability":-0.10}],"topCandidates":[)"
      R"({"candidates":[{"token":"a","logProbability":-1e-5}]}]}}],)"
      R"("usageMetadata":{"promptTokenCount":4,"candidatesTokenCount":2,"totalTokenCount":6},)"
      R"("modelVersion":"gemini-3-flash-001","responseId":"r1","createTime":"t"})");
  EXPECT_EQ(answer.origin, Dialect::gemini);
  EXPECT_EQ(answer.id, "r1");
  EXPECT_EQ(answer.model, "gemini-3-flash-001");
  EXPECT_EQ(answer.usage, (base::Usage{.input = 4, .output = 2}));
  EXPECT_EQ(answer.extras, (chat::Extras{{"createTime", "\"t\""}}));
  ASSERT_EQ(answer.candidates.size(), 1U);
  const Candidate& candidate = answer.candidates[0];
  ASSERT_EQ(candidate.parts.size(), 4U);
  EXPECT_EQ(candidate.parts[0].as<chat::Reasoning>()->text, "why");
  const auto& call = *candidate.parts[2].as<ToolCall>();
  EXPECT_EQ(call.signature, (chat::Signature{Dialect::gemini, "s"}));
  EXPECT_EQ(call.arguments, "{\"x\":1.0}");
  EXPECT_TRUE(is_made_id(call.id)) << call.id;
  EXPECT_LE(call.id.size(), 40U);
  EXPECT_EQ(candidate.parts[3].as<ToolCall>()->id, "own");
  EXPECT_EQ(candidate.stop, StopReason::tool_calls);
  EXPECT_EQ(candidate.stop_native, "STOP");
  EXPECT_EQ(candidate.logprobs, R"([{"token":"Helé","logprob":-0.10,"bytes":null,"top_logprobs":[)"
                                R"({"token":"a","logprob":-1e-5,"bytes":null}]}])");
  EXPECT_EQ(candidate.extras, (chat::Extras{{"safetyRatings", "[]"}, {"avgLogprobs", "-0.5"}}));
}

TEST(gemini_answer, made_up_ids_are_the_same_every_time_and_differ_by_place) {
  const auto id = [](std::string_view response_id, std::size_t candidate, std::size_t part) {
    const std::string call = R"({"functionCall":{"name":"f"}})";
    const std::string content = R"({"content":{"parts":[)" + call + "," + call + "]}}";
    const Answer answer = decode(R"({"candidates":[)" + content + "," + content +
                                 R"(],"responseId":")" + std::string(response_id) + "\"}");
    return answer.candidates[candidate].parts[part].as<ToolCall>()->id;
  };
  EXPECT_EQ(id("a", 0, 0), id("a", 0, 0));
  EXPECT_NE(id("a", 0, 0), id("a", 0, 1));
  EXPECT_NE(id("a", 0, 0), id("a", 1, 0));
  EXPECT_NE(id("a", 0, 0), id("b", 0, 0));
}

struct Stop {
  std::string_view native;
  StopReason plain;
  StopReason with_call;
};

TEST(gemini_answer, every_end_has_a_meaning) {
  using enum StopReason;
  for (const Stop& c :
       std::vector<Stop>{{"STOP", stop, tool_calls},
                         {"MAX_TOKENS", length, length},
                         {"SAFETY", content_filter, content_filter},
                         {"RECITATION", content_filter, content_filter},
                         {"LANGUAGE", content_filter, content_filter},
                         {"BLOCKLIST", content_filter, content_filter},
                         {"PROHIBITED_CONTENT", content_filter, content_filter},
                         {"SPII", content_filter, content_filter},
                         {"IMAGE_SAFETY", content_filter, content_filter},
                         {"IMAGE_PROHIBITED_CONTENT", content_filter, content_filter},
                         {"IMAGE_RECITATION", content_filter, content_filter},
                         {"IMAGE_OTHER", content_filter, content_filter},
                         {"MALFORMED_FUNCTION_CALL", malformed, malformed},
                         {"UNEXPECTED_TOOL_CALL", malformed, malformed},
                         {"MALFORMED_RESPONSE", malformed, malformed},
                         {"CONTINUATION", pause, pause},
                         {"TOO_MANY_TOOL_CALLS", other, other},
                         {"NO_IMAGE", other, other},
                         {"OTHER", other, other},
                         {"SOMETHING_NEW", other, other},
                         {"FINISH_REASON_UNSPECIFIED", none, none},
                         {"", none, none}}) {
    const auto with = [&](std::string_view parts) {
      return decode(R"({"candidates":[{"content":{"parts":[)" + std::string(parts) +
                    R"(]},"finishReason":")" + std::string(c.native) + "\"}]}")
          .candidates[0];
    };
    EXPECT_EQ(with("").stop, c.plain) << c.native;
    EXPECT_EQ(with(R"({"functionCall":{"name":"f"}})").stop, c.with_call) << c.native;
    EXPECT_EQ(with("").stop_native, c.plain == none ? "" : c.native);
  }
}

TEST(gemini_answer, a_blocked_prompt_is_a_filtered_candidate) {
  const std::string body =
      R"({"usageMetadata":{"promptTokenCount":4,"candidatesTokenCount":0,"totalTokenCount":4},)"
      R"("modelVersion":"m","responseId":"r",)"
      R"("promptFeedback":{"blockReason":"PROHIBITED_CONTENT","safetyRatings":[]}})";
  const Answer answer = decode(body);
  ASSERT_EQ(answer.candidates.size(), 1U);
  EXPECT_EQ(answer.candidates[0].stop, StopReason::content_filter);
  EXPECT_EQ(answer.candidates[0].stop_native, "PROHIBITED_CONTENT");
  EXPECT_EQ(encode_answer(answer, {}), body);
  // Ratings alone block nothing.
  EXPECT_TRUE(
      decode(R"({"candidates":[],"promptFeedback":{"safetyRatings":[]}})").candidates.empty());
}

TEST(gemini_answer, candidates_stand_where_their_index_says) {
  const Answer answer =
      decode(R"({"candidates":[{"index":1,"content":{"parts":[{"text":"b"}]}},)"
             R"({"index":0,"content":{"parts":[{"text":"a"},{"text":""},{}]}}]})");
  EXPECT_EQ(answer.candidates[0].parts, std::vector{chat::text_part("a")});
  EXPECT_EQ(answer.candidates[1].parts, std::vector{chat::text_part("b")});
  EXPECT_EQ(decode(R"({"candidates":[{},{"index":1},{"index":2}]})").candidates.size(), 3U);
  EXPECT_EQ(decode(R"({"candidates":[{"index":3}]})").candidates.size(), 1U);
}

TEST(gemini_answer, errors) {
  struct Case {
    std::string_view body;
    Errc code;
  };
  for (const Case& c : std::vector<Case>{
           {"", Errc::upstream_malformed},
           {"<html>", Errc::upstream_malformed},
           {"{}", Errc::upstream_malformed},
           {"[]", Errc::upstream_malformed},
           {R"({"candidates":[{"content":[]}]})", Errc::upstream_malformed},
           {R"({"candidates":[{"content":{"parts":[{"text":1}]}}]})", Errc::upstream_malformed},
           {R"({"candidates":[{"index":0},{"index":0}]})", Errc::upstream_malformed},
           {R"({"candidates":[{"index":0},{"index":2}]})", Errc::upstream_malformed},
           {R"({"candidates":[{"index":0},{"index":-1}]})", Errc::upstream_malformed},
           {R"({"candidates":[{"content":{"parts":[{"text":"a"}]}]})", Errc::upstream_malformed},
           {R"({"error":{"code":503,"message":"busy","status":"UNAVAILABLE"}})",
            Errc::upstream_status}}) {
    const auto answer = decode_answer(c.body, {});
    ASSERT_FALSE(answer) << c.body;
    EXPECT_EQ(answer.error().code, c.code) << c.body;
    EXPECT_TRUE(answer.error().param.empty());
  }
  chat::Limits limits;
  limits.candidates_max = 1;
  EXPECT_FALSE(decode_answer(R"({"candidates":[{},{"index":1}]})", limits));
}

// An answer of another provider.
Answer foreign(std::vector<chat::Part> parts, StopReason stop, std::string native) {
  Answer answer;
  answer.origin = Dialect::anthropic;
  answer.id = "msg_1";
  answer.model = "claude";
  Candidate& candidate = answer.candidates.emplace_back();
  candidate.parts = std::move(parts);
  candidate.stop = stop;
  candidate.stop_native = std::move(native);
  candidate.extras.push_back({"x", "1"});
  return answer;
}

TEST(gemini_answer, answers_of_others) {
  chat::Reasoning thought;
  thought.text = "why";
  thought.signature = {Dialect::anthropic, "secret"};
  chat::Reasoning redacted;
  redacted.redacted = true;
  redacted.signature = {Dialect::anthropic, "secret"};
  Answer answer = foreign({{thought, {}, {}},
                           {redacted, {}, {}},
                           chat::text_part("Hello"),
                           {ToolCall{"toolu_1", "f", "{\"x\":1.0}"}, {}, {}},
                           {chat::Opaque{Dialect::anthropic, "server", "{}"}, {}, {}},
                           {chat::Refusal{"no"}, {}, {}}},
                          StopReason::tool_calls, "tool_use");
  answer.usage = base::Usage{.input = 10, .cached = 4, .output = 7, .reasoning = 2};
  EXPECT_EQ(encode_answer(answer, {}),
            R"({"candidates":[{"content":{"parts":[{"text":"why","thought":true},)"
            R"({"text":"Hello"},{"functionCall":{"id":"toolu_1","name":"f","args":{"x":1.0}}},)"
            R"({"text":"no"}],"role":"model"},"finishReason":"STOP","index":0}],)"
            R"("usageMetadata":{"promptTokenCount":10,"cachedContentTokenCount":4,)"
            R"("candidatesTokenCount":5,"thoughtsTokenCount":2,"totalTokenCount":17},)"
            R"("modelVersion":"claude","responseId":"msg_1"})");
  EXPECT_NE(encode_answer(answer, {.id = "own"}).find(R"("responseId":"own")"), std::string::npos);
}

TEST(gemini_answer, a_call_that_no_client_could_run_is_none) {
  const auto end = [](StopReason stop, std::string arguments) {
    const std::string body =
        encode_answer(foreign({{ToolCall{"a", "f", std::move(arguments)}, {}, {}}}, stop, "x"), {});
    return body.substr(0, body.find(R"(,"modelVersion")"));
  };
  EXPECT_EQ(end(StopReason::tool_calls, "{\"x\":"),
            R"({"candidates":[{"content":{"role":"model"},"finishReason":)"
            R"j("MALFORMED_FUNCTION_CALL","finishMessage":"Malformed function call: f({\"x\":)",)j"
            R"("index":0}])");
  EXPECT_EQ(end(StopReason::length, "[1]"),
            R"({"candidates":[{"content":{"role":"model"},"finishReason":"MAX_TOKENS",)"
            R"j("finishMessage":"Malformed function call: f([1])","index":0}])j");
  // No arguments are none, not broken ones.
  EXPECT_NE(end(StopReason::tool_calls, " \n").find(R"("args":{}}}])"), std::string::npos);
}

TEST(gemini_answer, every_reason_has_a_word) {
  using enum StopReason;
  const auto word = [](StopReason reason, std::string native) {
    const std::string body = encode_answer(foreign({}, reason, std::move(native)), {});
    const std::size_t at = body.find("\"finishReason\":\"");
    if (at == std::string::npos) return std::string();
    return body.substr(at + 16, body.find('"', at + 16) - at - 16);
  };
  EXPECT_EQ(word(stop, "end_turn"), "STOP");
  EXPECT_EQ(word(tool_calls, "tool_calls"), "STOP");
  EXPECT_EQ(word(stop_sequence, "stop_sequence"), "STOP");
  EXPECT_EQ(word(length, "length"), "MAX_TOKENS");
  EXPECT_EQ(word(context, ""), "MAX_TOKENS");
  EXPECT_EQ(word(content_filter, ""), "SAFETY");
  EXPECT_EQ(word(content_filter, "RECITATION"), "RECITATION");
  EXPECT_EQ(word(refusal, "refusal"), "SAFETY");
  EXPECT_EQ(word(malformed, ""), "MALFORMED_FUNCTION_CALL");
  EXPECT_EQ(word(pause, "pause_turn"), "OTHER");
  EXPECT_EQ(word(other, "compaction"), "OTHER");
  EXPECT_EQ(word(none, ""), "");
  // A native word that means something else is not believed.
  EXPECT_EQ(word(length, "STOP"), "MAX_TOKENS");
}

}  // namespace
}  // namespace headgate::llm::gemini
