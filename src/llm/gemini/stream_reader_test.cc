#include "llm/gemini/stream_reader.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "llm/chat/assembler.h"
#include "llm/chat/grammar.h"

namespace headgate::llm::gemini {
namespace {

using base::Errc;
using chat::Answer;
using chat::StopReason;
using chat::ToolCall;

// Reads a stream under the grammar.
struct Outcome {
  Answer answer;
  std::optional<chat::ProviderError> failed;
  std::optional<base::Error> error;  // of read() or finish()
  chat::Events events;
};

Outcome run(const std::vector<std::string>& chunks, const chat::Limits& limits = {}) {
  StreamReader reader(limits);
  Outcome out;
  for (const std::string& chunk : chunks) {
    const auto read = reader.read({}, chunk, out.events);
    if (read) continue;
    out.error = read.error();
    break;
  }
  if (!out.error) {
    const auto finished = reader.finish(out.events);
    if (!finished) out.error = finished.error();
  }
  chat::Grammar grammar;
  chat::Assembler assembler;
  for (const chat::Event& event : out.events) {
    EXPECT_EQ(grammar.take(event), "");
    assembler.add(event);
  }
  EXPECT_EQ(grammar.ended(), !out.error);
  out.failed = assembler.error();
  out.answer = assembler.take();
  return out;
}

std::string chunk(std::string_view parts, std::string_view more = "") {
  return R"({"candidates":[{"content":{"parts":[)" + std::string(parts) + R"(],"role":"model"})" +
         std::string(more) + R"(,"index":0}],"modelVersion":"m","responseId":"r"})";
}
constexpr std::string_view kStop = R"(,"finishReason":"STOP")";

TEST(gemini_reader, text) {
  const Outcome out = run(
      {chunk(R"({"text":"Hel"})"), chunk(R"({"text":"lo\n"})"), chunk(R"({"text":""})", kStop)});
  ASSERT_FALSE(out.error);
  EXPECT_EQ(out.answer.id, "r");
  EXPECT_EQ(out.answer.model, "m");
  EXPECT_EQ(out.answer.candidates[0].parts, std::vector{chat::text_part("Hello\n")});
  EXPECT_EQ(out.answer.candidates[0].stop, StopReason::stop);
  EXPECT_EQ(out.events.size(), 7U);
}

TEST(gemini_reader, thoughts_and_late_signatures) {
  const Outcome out =
      run({chunk(R"({"text":"wh","thought":true})"), chunk(R"({"text":"y","thought":true})"),
           chunk(R"({"text":"","thought":true,"thoughtSignature":"s0"})"),
           chunk(R"({"text":"again","thought":true})"), chunk(R"({"text":"so"})"),
           chunk(R"({"text":"","thoughtSignature":"s1"})", kStop)});
  ASSERT_FALSE(out.error);
  const auto& parts = out.answer.candidates[0].parts;
  ASSERT_EQ(parts.size(), 4U);
  EXPECT_EQ(parts[0].as<chat::Reasoning>()->text, "why");
  EXPECT_EQ(parts[0].as<chat::Reasoning>()->signature.value, "s0");
  EXPECT_EQ(parts[1].as<chat::Reasoning>()->text, "again");
  EXPECT_EQ(parts[2].as<chat::Text>()->text, "so");
  EXPECT_EQ(parts[3].as<chat::Reasoning>()->signature,
            (chat::Signature{chat::Dialect::gemini, "s1"}));
}

TEST(gemini_reader, calls) {
  const Outcome out =
      run({chunk(R"({"functionCall":{"name":"f","args":{"x":1.0}},"thoughtSignature":"s"},)"
                 R"({"functionCall":{"id":"own","name":"g"}})"),
           chunk(R"({"functionCall":{"name":"h","args":{}}})"),
           chunk(R"({"text":"","thoughtSignature":"late"})", kStop)});
  ASSERT_FALSE(out.error);
  const auto& parts = out.answer.candidates[0].parts;
  ASSERT_EQ(parts.size(), 3U);
  EXPECT_EQ(parts[0].as<ToolCall>()->arguments, "{\"x\":1.0}");
  EXPECT_EQ(parts[0].as<ToolCall>()->signature.value, "s");
  EXPECT_EQ(parts[1].as<ToolCall>()->id, "own");
  EXPECT_EQ(parts[1].as<ToolCall>()->arguments, "{}");
  EXPECT_EQ(parts[2].as<ToolCall>()->signature.value, "late");
  EXPECT_EQ(out.answer.candidates[0].stop, StopReason::tool_calls);
  // The ids are those of the whole answer.
  EXPECT_EQ(parts[0].as<ToolCall>()->id, made_id("r", 0, 0));
  EXPECT_EQ(parts[2].as<ToolCall>()->id, made_id("r", 0, 2));
}

TEST(gemini_reader, arguments_in_pieces) {
  const Outcome out =
      run({chunk(R"({"functionCall":{"name":"f","willContinue":true},"thoughtSignature":"s"})"),
           chunk(R"({"functionCall":{"partialArgs":[{"jsonPath":"$.a","stringValue":"x",)"
                 R"("willContinue":true}],"willContinue":true}})"),
           chunk(R"({"functionCall":{"partialArgs":[{"jsonPath":"$.a","stringValue":"y"}],)"
                 R"("willContinue":true}})"),
           chunk(R"({"functionCall":{}})"),
           chunk(R"({"functionCall":{"name":"g","partialArgs":[{"jsonPath":"$.n",)"
                 R"("numberValue":1.50}]}})"),
           chunk(R"({"functionCall":{}})", kStop)});
  ASSERT_FALSE(out.error);
  const auto& parts = out.answer.candidates[0].parts;
  ASSERT_EQ(parts.size(), 2U);
  EXPECT_EQ(parts[0].as<ToolCall>()->arguments, "{\"a\":\"xy\"}");
  EXPECT_EQ(parts[0].as<ToolCall>()->signature.value, "s");
  EXPECT_EQ(parts[1].as<ToolCall>()->arguments, "{\"n\":1.50}");
}

TEST(gemini_reader, arguments_that_were_cut_stay_broken) {
  const Outcome out =
      run({chunk(R"({"functionCall":{"name":"f","partialArgs":[{"jsonPath":"$.a",)"
                 R"("stringValue":"x","willContinue":true}],"willContinue":true}})"),
           chunk("", R"(,"finishReason":"MAX_TOKENS")")});
  ASSERT_FALSE(out.error);
  EXPECT_EQ(out.answer.candidates[0].parts[0].as<ToolCall>()->arguments, "{\"a\":\"x\"");
  EXPECT_EQ(out.answer.candidates[0].stop, StopReason::length);
}

TEST(gemini_reader, media_and_what_nobody_knows) {
  const Outcome out =
      run({chunk(R"({"text":"a"},{"inlineData":{"mimeType":"image/png","data":"QUJD"},)"
                 R"("thoughtSignature":"s"},{"executableCode":{"code":"1"}},)"
                 R"({"text":"b"})",
                 kStop)});
  ASSERT_FALSE(out.error);
  const auto& parts = out.answer.candidates[0].parts;
  ASSERT_EQ(parts.size(), 5U);
  EXPECT_EQ(parts[1].as<chat::Media>()->data, "QUJD");
  EXPECT_EQ(parts[2].as<chat::Reasoning>()->signature.value, "s");
  EXPECT_EQ(parts[3].as<chat::Opaque>()->json, R"({"executableCode":{"code":"1"}})");
}

TEST(gemini_reader, candidates_side_by_side) {
  const Outcome out =
      run({R"({"candidates":[{"index":1,"content":{"parts":[{"text":"B"}]}},{"content":{"parts":[)"
           R"({"text":"A"}]},"index":0}]})",
           R"({"candidates":[{"content":{"parts":[{"text":"a"}]},"finishReason":"STOP"}]})",
           R"({"candidates":[{"index":1,"content":{"parts":[{"text":"b"}]},"finishReason":)"
           R"("MAX_TOKENS"}]})"});
  ASSERT_FALSE(out.error);
  EXPECT_EQ(out.answer.candidates[0].parts, std::vector{chat::text_part("Aa")});
  EXPECT_EQ(out.answer.candidates[1].parts, std::vector{chat::text_part("Bb")});
  EXPECT_EQ(out.answer.candidates[1].stop, StopReason::length);
}

TEST(gemini_reader, usage_is_the_last_one) {
  const std::string first = R"({"candidates":[{"content":{"parts":[{"text":"a"}]}}],)"
                            R"("usageMetadata":{"promptTokenCount":3,"totalTokenCount":3}})";
  const std::string last =
      R"({"candidates":[{"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":3,)"
      R"("candidatesTokenCount":2,"totalTokenCount":5}})";
  const Outcome out = run({first, first, last, R"({"usageMetadata":{"promptTokenCount":-1}})"});
  ASSERT_FALSE(out.error);
  EXPECT_EQ(out.answer.usage, (base::Usage{.input = 3, .output = 2}));
  const auto seen = std::count_if(out.events.begin(), out.events.end(), [](const auto& event) {
    return std::holds_alternative<chat::UsageSeen>(event);
  });
  EXPECT_EQ(seen, 2);
}

TEST(gemini_reader, logprobs) {
  const std::string result =
      R"(,"logprobsResult":{"chosenCandidates":[{"token":"a","logProbability":-0.5}]})";
  const Outcome out = run(
      {chunk(R"({"text":"a"})", result), chunk(R"({"text":"b"})", result + std::string(kStop))});
  ASSERT_FALSE(out.error);
  const std::string one = R"({"token":"a","logprob":-0.5,"bytes":null,"top_logprobs":[]})";
  EXPECT_EQ(out.answer.candidates[0].logprobs, "[" + one + "," + one + "]");
}

TEST(gemini_reader, a_blocked_prompt) {
  const Outcome out = run({R"({"promptFeedback":{"blockReason":"SAFETY"},"usageMetadata":)"
                           R"({"promptTokenCount":3,"totalTokenCount":3},"responseId":"r"})"});
  ASSERT_FALSE(out.error);
  EXPECT_EQ(out.answer.candidates[0].stop, StopReason::content_filter);
  EXPECT_EQ(out.answer.candidates[0].stop_native, "SAFETY");
  EXPECT_EQ(out.answer.usage->input, 3);
}

TEST(gemini_reader, a_stream_without_an_end_is_cut) {
  for (const std::vector<std::string>& chunks : std::vector<std::vector<std::string>>{
           {},
           {""},
           {"{}"},
           {chunk(R"({"text":"a"})")},
           {chunk(R"({"text":"a"})", R"(,"finishReason":"FINISH_REASON_UNSPECIFIED")")},
           {R"({"usageMetadata":{"promptTokenCount":3}})"},
           {R"({"candidates":[{"index":0,"finishReason":"STOP"},{"index":1}]})"}}) {
    const Outcome out = run(chunks);
    ASSERT_TRUE(out.error);
    EXPECT_EQ(out.error->code, Errc::upstream_truncated);
  }
}

TEST(gemini_reader, errors_of_the_provider) {
  const std::string error =
      R"({"error":{"code":503,"message":"busy","status":"UNAVAILABLE","details":[)"
      R"({"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"2s"}]}})";
  for (const std::vector<std::string>& chunks : std::vector<std::vector<std::string>>{
           {error}, {chunk(R"({"text":"a"})"), error}, {error, chunk(R"({"text":"a"})", kStop)}}) {
    const Outcome out = run(chunks);
    ASSERT_FALSE(out.error);
    ASSERT_TRUE(out.failed);
    EXPECT_EQ(out.failed->status, 503);
    EXPECT_EQ(out.failed->type, "UNAVAILABLE");
    EXPECT_EQ(out.failed->retry_after_ms, 2000);
  }
  // Together with content that was never begun.
  const Outcome mixed =
      run({R"({"candidates":[{"content":{"parts":[{"text":"a"}]}}],"error":"odd"})"});
  ASSERT_TRUE(mixed.failed);
  EXPECT_EQ(mixed.failed->message, "odd");
}

TEST(gemini_reader, what_is_no_chunk) {
  chat::Limits limits;
  limits.candidates_max = 2;
  for (const std::string_view data :
       {"[]", "{", "x", R"({"candidates":[{"index":2}]})", R"({"candidates":[{"index":-1}]})",
        R"({"candidates":[1]})", R"({"candidates":[{"content":[]}]})",
        R"({"candidates":[{"content":{"parts":[{"text":{}}]}}]})",
        R"({"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","args":[]}}]}}]})",
        R"({"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","partialArgs":[)"
        R"({"jsonPath":"?"}]}}]}}]})"}) {
    const Outcome out = run({std::string(data)}, limits);
    ASSERT_TRUE(out.error) << data;
    EXPECT_EQ(out.error->code, Errc::upstream_malformed) << data;
  }
}

TEST(gemini_reader, unknown_members_and_done_markers_are_passed_over) {
  const Outcome out =
      run({R"({"modelStatus":{"a":1},"candidates":null})",
           chunk(R"({"text":"a"})", R"(,"new":[{}],"finishReason":"STOP")"), "[DONE]"});
  ASSERT_FALSE(out.error);
  EXPECT_EQ(out.answer.candidates[0].parts.size(), 1U);
}

}  // namespace
}  // namespace headgate::llm::gemini
