#include "llm/gemini/stream_writer.h"

#include <gtest/gtest.h>

namespace headgate::llm::gemini {
namespace {

using chat::Begin;
using chat::Delta;
using chat::Dialect;
using chat::End;
using chat::PartBegin;
using chat::PartEnd;
using chat::Stop;
using chat::StopReason;
using chat::ToolCall;

std::string write(const chat::Events& events, Framing framing = Framing::sse,
                  const chat::AnswerContext& context = {}) {
  StreamWriter writer(context, framing);
  std::string out;
  for (const chat::Event& event : events) writer.write(event, out);
  return out;
}

chat::Part call(std::string id, std::string name) {
  return {ToolCall{std::move(id), std::move(name), ""}, {}, {}};
}
Delta delta(Delta::Kind kind, std::string value, std::uint32_t index = 0) {
  return Delta{0, index, kind, std::move(value)};
}

constexpr std::string_view kTail = R"(],"role":"model"},"index":0}],"modelVersion":"m",)"
                                   R"("responseId":"r"})";
std::string chunk(std::string_view part) {
  return R"(data: {"candidates":[{"content":{"parts":[)" + std::string(part) + std::string(kTail) +
         "\n\n";
}
std::string last(std::string_view reason, std::string_view usage = "") {
  return R"(data: {"candidates":[{"content":{"parts":[{"text":""}],"role":"model"},)"
         R"("finishReason":)" +
         std::string(reason) + R"(,"index":0}])" + std::string(usage) +
         R"(,"modelVersion":"m","responseId":"r"})" + "\n\n";
}

TEST(gemini_writer, text_and_usage) {
  EXPECT_EQ(
      write({Begin{"r", "m"}, PartBegin{0, 0, chat::text_part({})}, delta(Delta::Kind::text, "Hel"),
             chat::UsageSeen{{.input = 1}}, delta(Delta::Kind::text, ""),
             delta(Delta::Kind::text, "lo\n"), PartEnd{0, 0}, Stop{0, StopReason::stop, "end_turn"},
             chat::UsageSeen{{.input = 3, .output = 2}}, End{}}),
      chunk(R"({"text":"Hel"})") + chunk(R"({"text":"lo\n"})") +
          last("\"STOP\"", R"(,"usageMetadata":{"promptTokenCount":3,)"
                           R"("candidatesTokenCount":2,"totalTokenCount":5})"));
}

TEST(gemini_writer, calls_are_whole) {
  EXPECT_EQ(write({Begin{"r", "m"}, PartBegin{0, 0, call("a", "f")},
                   delta(Delta::Kind::arguments, "{\"x\""), delta(Delta::Kind::arguments, ":1.0}"),
                   PartEnd{0, 0}, PartBegin{0, 1, call("hgc_1_0_1", "g")}, PartEnd{0, 1},
                   Stop{0, StopReason::tool_calls, "tool_use"}, End{}}),
            chunk(R"({"functionCall":{"id":"a","name":"f","args":{"x":1.0}}})") +
                chunk(R"({"functionCall":{"name":"g","args":{}}})") + last("\"STOP\""));
}

TEST(gemini_writer, a_call_that_no_client_could_run_is_none) {
  const auto events = [](StopReason reason) {
    return chat::Events{Begin{"r", "m"},
                        PartBegin{0, 0, call("a", "f")},
                        delta(Delta::Kind::arguments, "{\"x\""),
                        PartEnd{0, 0},
                        Stop{0, reason, ""},
                        End{}};
  };
  EXPECT_EQ(write(events(StopReason::tool_calls)),
            last(R"("MALFORMED_FUNCTION_CALL","finishMessage":"Malformed function call: )"
                 R"j(f({\"x\")")j"));
  EXPECT_EQ(write(events(StopReason::length)),
            last(R"j("MAX_TOKENS","finishMessage":"Malformed function call: f({\"x\")")j"));
}

chat::Part thought(Dialect origin, bool is_summary) {
  chat::Reasoning reasoning;
  reasoning.is_summary = is_summary;
  reasoning.signature.origin = origin;
  return {reasoning, {}, {}};
}

TEST(gemini_writer, only_our_own_signatures) {
  const auto stream = [](Dialect origin) {
    chat::Part f = call("a", "f");
    f.as<ToolCall>()->signature.origin = origin;
    return write({Begin{"r", "m"}, PartBegin{0, 0, thought(origin, true)},
                  delta(Delta::Kind::text, "why"), delta(Delta::Kind::signature, "s0"),
                  PartEnd{0, 0}, PartBegin{0, 1, f}, delta(Delta::Kind::signature, "s1", 1),
                  delta(Delta::Kind::arguments, "{}", 1), PartEnd{0, 1},
                  PartBegin{0, 2, chat::text_part({})}, delta(Delta::Kind::text, "so", 2),
                  PartEnd{0, 2}, PartBegin{0, 3, thought(origin, false)},
                  delta(Delta::Kind::signature, "s2", 3), PartEnd{0, 3},
                  Stop{0, StopReason::stop, ""}, End{}});
  };
  EXPECT_EQ(stream(Dialect::gemini),
            chunk(R"({"text":"why","thought":true})") +
                chunk(R"({"text":"","thought":true,"thoughtSignature":"s0"})") +
                chunk(R"({"functionCall":{"id":"a","name":"f","args":{}},)"
                      R"("thoughtSignature":"s1"})") +
                chunk(R"({"text":"so"})") + chunk(R"({"text":"","thoughtSignature":"s2"})") +
                last("\"STOP\""));
  EXPECT_EQ(stream(Dialect::anthropic),
            chunk(R"({"text":"why","thought":true})") +
                chunk(R"({"functionCall":{"id":"a","name":"f","args":{}}})") +
                chunk(R"({"text":"so"})") + last("\"STOP\""));
}

TEST(gemini_writer, media_refusals_and_opaque_parts) {
  EXPECT_EQ(write({Begin{"r", "m"},
                   PartBegin{0, 0, {chat::Media{chat::MediaKind::image, "image/png"}, {}, {}}},
                   delta(Delta::Kind::data, "QU"), delta(Delta::Kind::data, "JD"), PartEnd{0, 0},
                   PartBegin{0, 1, {chat::Refusal{}, {}, {}}}, delta(Delta::Kind::text, "no", 1),
                   PartEnd{0, 1},
                   PartBegin{0, 2, {chat::Opaque{Dialect::gemini, "k", "{\"k\":1}"}, {}, {}}},
                   PartEnd{0, 2},
                   PartBegin{0, 3, {chat::Opaque{Dialect::anthropic, "k", "{\"k\":1}"}, {}, {}}},
                   delta(Delta::Kind::opaque, "{}", 3), PartEnd{0, 3},
                   Stop{0, StopReason::refusal, "refusal"}, End{}}),
            chunk(R"({"inlineData":{"mimeType":"image/png","data":"QUJD"}})") +
                chunk(R"({"text":"no"})") + chunk(R"({"k":1})") + last("\"SAFETY\""));
}

TEST(gemini_writer, logprobs) {
  EXPECT_EQ(write({Begin{"r", "m"}, PartBegin{0, 0, chat::text_part({})},
                   delta(Delta::Kind::logprobs, R"([{"token":"a","logprob":-0.50}])"),
                   delta(Delta::Kind::logprobs, "nonsense"), PartEnd{0, 0},
                   Stop{0, StopReason::stop, ""}, End{}}),
            R"(data: {"candidates":[{"content":{"parts":[{"text":""}],"role":"model"},"index":0,)"
            R"("logprobsResult":{"chosenCandidates":[{"token":"a","logProbability":-0.50}],)"
            R"("topCandidates":[{"candidates":[]}]}}],"modelVersion":"m","responseId":"r"})"
            "\n\n" +
                last("\"STOP\""));
}

TEST(gemini_writer, candidates_end_together) {
  EXPECT_EQ(
      write({Begin{}, PartBegin{1, 0, chat::text_part({})}, Delta{1, 0, Delta::Kind::text, "b"},
             PartEnd{1, 0}, Stop{1, StopReason::stop, ""}, Stop{0, StopReason::length, ""}, End{}}),
      R"(data: {"candidates":[{"content":{"parts":[{"text":"b"}],"role":"model"},)"
      R"("index":1}]})"
      "\n\n"
      R"(data: {"candidates":[{"content":{"parts":[{"text":""}],"role":"model"},)"
      R"("finishReason":"MAX_TOKENS","index":0},{"content":{"parts":[{"text":""}],)"
      R"("role":"model"},"finishReason":"STOP","index":1}]})"
      "\n\n");
}

TEST(gemini_writer, an_array_of_objects) {
  const chat::Events events = {
      Begin{},       PartBegin{0, 0, chat::text_part({})}, delta(Delta::Kind::text, "a"),
      PartEnd{0, 0}, Stop{0, StopReason::stop, ""},        End{}};
  EXPECT_EQ(write(events, Framing::array),
            R"([{"candidates":[{"content":{"parts":[{"text":"a"}],"role":"model"},"index":0}]})"
            ",\n"
            R"({"candidates":[{"content":{"parts":[{"text":""}],"role":"model"},)"
            R"("finishReason":"STOP","index":0}]}])");
  StreamWriter writer({}, Framing::array);
  std::string out;
  writer.keep_alive(out);
  writer.fail(base::fail(base::Errc::timeout_idle, "late"), "", out);
  EXPECT_TRUE(out.starts_with("\n[{\"error\":{\"code\":504,")) << out;
  EXPECT_TRUE(out.ends_with("}]")) << out;
}

TEST(gemini_writer, nothing_follows_an_error) {
  StreamWriter writer({});
  std::string out;
  writer.write(Begin{"r", "m"}, out);
  EXPECT_EQ(out, "");
  writer.keep_alive(out);
  EXPECT_EQ(out, "\n\n");
  out.clear();
  writer.write(chat::Failed{{.message = "busy", .type = "overloaded_error", .status = 529}}, out);
  // One line, the error first, its code a number that clients throw on.
  EXPECT_EQ(out,
            "data: {\"error\":{\"code\":529,\"message\":\"busy\",\"status\":\"UNAVAILABLE\"}}"
            "\n\n");
  out.clear();
  writer.keep_alive(out);
  writer.write(End{}, out);
  writer.fail(base::fail(base::Errc::internal, ""), "", out);
  EXPECT_EQ(out, "");
}

TEST(gemini_writer, our_own_failure) {
  StreamWriter writer({});
  std::string out;
  writer.fail(base::fail(base::Errc::upstream_truncated, "cut\noff"), "req-1", out);
  EXPECT_TRUE(
      out.starts_with("data: {\"error\":{\"code\":502,\"message\":\"cut\\noff\","
                      "\"status\":\"UNAVAILABLE\""))
      << out;
  EXPECT_EQ(out.find('\n'), out.size() - 2);
}

TEST(gemini_writer, the_id_of_the_call_wins) {
  const std::string out =
      write({Begin{"r", ""}, Stop{0, StopReason::stop, ""}, End{}}, Framing::sse, {.id = "own"});
  EXPECT_NE(out.find(R"("responseId":"own")"), std::string::npos);
}

}  // namespace
}  // namespace headgate::llm::gemini
