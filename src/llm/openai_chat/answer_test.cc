#include "llm/openai_chat/answer.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>

#include "base/json/cursor.h"
#include "llm/chat/specimen_test.h"
#include "llm/openai/chat_response.h"

namespace headgate::llm::openai_chat {
namespace {

using base::Errc;
using chat::Answer;
using chat::Candidate;
using chat::Dialect;
using chat::Part;
using chat::StopReason;

Answer decoded(std::string_view body) {
  auto answer = decode_answer(body, {});
  EXPECT_TRUE(answer) << body << ": " << answer.error().detail;
  return answer ? *answer : Answer{};
}

// An answer with one choice.
Answer with_choice(const std::string& choice) {
  return decoded("{\"id\":\"chatcmpl-1\",\"choices\":[" + choice + "]}");
}

// One that chat completions can say: thoughts, text, refusal, calls.
Answer any_chat_answer() {
  chat::AnswerTraits traits;
  Answer answer = *chat::any_answer(traits);
  for (Candidate& candidate : answer.candidates) {
    candidate.parts.clear();
    candidate.logprobs.clear();
    candidate.stop_sequence.clear();
    const auto coin = [] { return *rc::gen::arbitrary<bool>(); };
    if (coin()) candidate.parts.push_back({chat::Reasoning{.text = *chat::any_text()}, {}, {}});
    if (coin()) {
      Part text = chat::text_part(*chat::any_text());
      if (coin()) text.as<chat::Text>()->annotations = R"([{"type":"url_citation"}])";
      candidate.parts.push_back(std::move(text));
      if (coin()) candidate.logprobs = R"([{"token":"a","logprob":-0.10}])";
    }
    if (coin()) candidate.parts.push_back({chat::Refusal{*chat::any_text()}, {}, {}});
    for (int n = *rc::gen::inRange(0, 3); n > 0; --n) {
      Part part{chat::any_call(traits, static_cast<std::size_t>(n)), {}, {}};
      if (coin()) part.extras.push_back({"odd", "1"});
      candidate.parts.push_back(std::move(part));
    }
    candidate.stop_native =
        *rc::gen::element<std::string>("stop", "length", "tool_calls", "content_filter");
    const auto has = [&](auto alternative) {
      return std::any_of(candidate.parts.begin(), candidate.parts.end(), [](const Part& part) {
        return part.as<decltype(alternative)>() != nullptr;
      });
    };
    candidate.stop = StopReason::stop;
    if (candidate.stop_native == "length") candidate.stop = StopReason::length;
    if (candidate.stop_native == "tool_calls") candidate.stop = StopReason::tool_calls;
    if (candidate.stop_native == "content_filter") candidate.stop = StopReason::content_filter;
    if (candidate.stop == StopReason::stop) {
      if (has(chat::Refusal{}) && !has(chat::Text{})) candidate.stop = StopReason::refusal;
      if (has(chat::ToolCall{})) candidate.stop = StopReason::tool_calls;
    }
    if (coin()) candidate.extras.push_back({"content_filter_results", "{}"});
    if (coin()) candidate.extras.push_back({"message.odd", "[0.10]"});
  }
  if (*rc::gen::arbitrary<bool>()) answer.extras.push_back({"system_fingerprint", "\"fp\""});
  return answer;
}

RC_GTEST_PROP(openai_chat_answer, what_is_written_reads_back, ()) {
  const Answer answer = any_chat_answer();
  const std::string body = encode_answer(answer, {});
  RC_LOG() << body;
  const auto again = decode_answer(body, {});
  RC_ASSERT(again.has_value());
  Answer expected = answer;
  for (Candidate& candidate : expected.candidates) {
    // The choice's own come first.
    std::stable_sort(candidate.extras.begin(), candidate.extras.end(),
                     [](const auto& a, const auto& b) {
                       return a.name.starts_with("message.") < b.name.starts_with("message.");
                     });
  }
  RC_ASSERT(*again == expected);
}

RC_GTEST_PROP(openai_chat_answer, of_any_kind_is_one_that_the_scanner_takes, ()) {
  chat::AnswerTraits traits;
  traits.origin = *rc::gen::element(Dialect::anthropic, Dialect::gemini, Dialect::openai_responses);
  traits.stops = {StopReason::none,          StopReason::context, StopReason::tool_calls,
                  StopReason::stop_sequence, StopReason::refusal, StopReason::pause,
                  StopReason::malformed,     StopReason::other};
  const Answer answer = *chat::any_answer(traits);
  const std::string body = encode_answer(answer, {.created_s = 7});
  RC_ASSERT(base::json::valid(body));
  const auto scanned = openai::scan_chat_response(body);
  RC_ASSERT(scanned.has_value());
  RC_ASSERT(scanned->usage == answer.usage);
  RC_ASSERT(scanned->id.starts_with("chatcmpl-"));
  for (const std::string& reason : scanned->finish_reasons) {
    RC_ASSERT(reason == "stop" || reason == "length" || reason == "tool_calls" ||
              reason == "content_filter");
  }
}

TEST(openai_chat_answer, the_usage_of_a_choice_counts_where_the_answer_has_none) {
  constexpr std::string_view kOfChoice =
      R"("choices":[{"usage":)"
      R"({"prompt_tokens":5,"completion_tokens":1},"usage":{}}])";
  constexpr std::string_view kOwn = R"("usage":{"prompt_tokens":9,"completion_tokens":3})";
  struct Case {
    std::string body;
    std::int64_t input;
  };
  const std::string of_choice(kOfChoice);
  const std::string own(kOwn);
  for (const Case& c : {Case{of_choice, 5}, Case{of_choice + R"(,"usage":null)", 5},
                        Case{of_choice + ',' + own, 9}, Case{own + ',' + of_choice, 9}}) {
    const Answer answer = decoded('{' + c.body + '}');
    ASSERT_TRUE(answer.usage) << c.body;
    EXPECT_EQ(answer.usage->input, c.input) << c.body;
    EXPECT_TRUE(answer.candidates.at(0).extras.empty()) << c.body;
    const std::string written = encode_answer(answer, {});
    EXPECT_EQ(encode_answer(decoded(written), {}), written) << c.body;
  }
}

TEST(openai_chat_answer, a_whole_one) {
  const Answer answer = decoded(R"({"id":"chatcmpl-1","object":"chat.completion","created":17,
    "model":"gpt-5.6","service_tier":"flex","system_fingerprint":"fp","moderation":null,
    "choices":[
      {"index":1,"message":{"role":"assistant","content":"two"},"finish_reason":"length"},
      {"index":0,"message":{"role":"assistant","content":"one","refusal":null,"odd":1,
        "reasoning":"hm","annotations":[{"type":"url_citation","url_citation":{"url":"u"}}],
        "function_call":null,"audio":null},
       "logprobs":{"content":[{"token":"one","logprob":-0.10}],"refusal":null},
       "content_filter_results":{"hate":{}},"finish_reason":"stop"}],
    "usage":{"prompt_tokens":9,"completion_tokens":3,"total_tokens":12}})");
  EXPECT_EQ(answer.id, "chatcmpl-1");
  EXPECT_EQ(answer.created_s, 17);
  EXPECT_EQ(answer.model, "gpt-5.6");
  EXPECT_EQ(answer.usage, (base::Usage{.input = 9, .output = 3, .tier = base::ServiceTier::flex}));
  EXPECT_EQ(answer.extras,
            (chat::Extras{{"service_tier", "\"flex\""}, {"system_fingerprint", "\"fp\""}}));
  ASSERT_EQ(answer.candidates.size(), 2U);
  const Candidate& first = answer.candidates[0];
  ASSERT_EQ(first.parts.size(), 2U);
  EXPECT_EQ(first.parts[0].as<chat::Reasoning>()->text, "hm");
  EXPECT_EQ(first.parts[1].as<chat::Text>()->text, "one");
  EXPECT_EQ(first.parts[1].as<chat::Text>()->annotations,
            R"([{"type":"url_citation","url_citation":{"url":"u"}}])");
  EXPECT_EQ(first.logprobs, R"([{"token":"one","logprob":-0.10}])");
  EXPECT_EQ(first.stop, StopReason::stop);
  EXPECT_EQ(first.extras,
            (chat::Extras{{"content_filter_results", R"({"hate":{}})"}, {"message.odd", "1"}}));
  EXPECT_EQ(answer.candidates[1].stop, StopReason::length);
}

TEST(openai_chat_answer, calls_in_every_form) {
  const Answer answer = with_choice(R"({"message":{"content":null,"tool_calls":[
    {"id":"a","type":"function","function":{"name":"f","arguments":"{\"x\":1"},
     "extra_content":{"google":{"thought_signature":"sig"},"more":1}},
    {"index":1,"function":{"name":"g","arguments":{"y":1.0}}},
    {"id":"","type":"custom","custom":{"name":"h","input":"text"}}]},"finish_reason":"stop"})");
  const Candidate& candidate = answer.candidates[0];
  EXPECT_EQ(candidate.stop, StopReason::tool_calls);
  EXPECT_EQ(candidate.stop_native, "stop");
  const auto call = [&](std::size_t i) { return *candidate.parts[i].as<chat::ToolCall>(); };
  EXPECT_EQ(call(0).arguments, "{\"x\":1");
  EXPECT_EQ(call(0).signature, (chat::Signature{Dialect::gemini, "sig"}));
  EXPECT_EQ(candidate.parts[0].extras[0].name, "extra_content");
  EXPECT_EQ(call(1).arguments, R"({"y":1.0})");
  EXPECT_EQ(call(1).id, "call_chatcmpl1_1");
  EXPECT_EQ(call(2).id, "call_chatcmpl1_2");
  EXPECT_TRUE(call(2).custom);
  const Answer legacy = with_choice(
      R"({"message":{"function_call":{"name":"f","arguments":"{}"}},
          "finish_reason":"function_call"})");
  EXPECT_EQ(legacy.candidates[0].parts[0].as<chat::ToolCall>()->name, "f");
  EXPECT_EQ(legacy.candidates[0].stop, StopReason::tool_calls);
}

TEST(openai_chat_answer, sound_and_pictures) {
  const Answer answer = with_choice(R"({"message":{"content":null,
    "audio":{"id":"au","data":"QUJD","expires_at":5,"transcript":"hi"},
    "images":[{"type":"image_url","image_url":{"url":"data:image/png;base64,REVG"}}]},
    "finish_reason":"stop"})");
  const auto& parts = answer.candidates[0].parts;
  ASSERT_EQ(parts.size(), 2U);
  EXPECT_EQ(parts[0].as<chat::Media>()->data, "REVG");
  EXPECT_EQ(parts[1].as<chat::Media>()->file_id, "au");
  EXPECT_EQ(parts[1].extras[1], (chat::Extra{"audio.transcript", "\"hi\""}));
  EXPECT_EQ(decoded(encode_answer(answer, {})), answer);
}

TEST(openai_chat_answer, long_names_lose_their_escapes_once) {
  const std::string name(70, 'a');
  const Answer answer = with_choice(R"({"message":{"audio":{"id":"au",")" + name +
                                    R"(\\u007f":1}},"finish_reason":"stop"})");
  const auto& parts = answer.candidates[0].parts;
  ASSERT_EQ(parts.size(), 1U);
  EXPECT_EQ(parts[0].extras.at(0), (chat::Extra{"audio." + name + "\\u007f", "1"}));
  EXPECT_EQ(decoded(encode_answer(answer, {})).candidates[0].parts[0].extras, parts[0].extras);
}

TEST(openai_chat_answer, why_it_ended) {
  struct Case {
    std::string choice;
    StopReason stop;
  };
  for (const Case& c : std::vector<Case>{
           {R"({"message":{"content":"x"},"finish_reason":"content_filter"})",
            StopReason::content_filter},
           {R"({"message":{"content":null,"refusal":"No."},"finish_reason":"stop"})",
            StopReason::refusal},
           {R"({"message":{"content":"x"},"finish_reason":"stop","stop_reason":"END"})",
            StopReason::stop_sequence},
           {R"({"message":{"content":"x"},"finish_reason":"stop","stop_reason":128001})",
            StopReason::stop},
           {R"({"message":{"content":"x"},"finish_reason":"eos"})", StopReason::other},
           {R"({"message":{"content":"x"},"finish_reason":null})", StopReason::none},
           {R"({"message":{"content":"x"}})", StopReason::none},
           {R"({"message":null,"finish_reason":"stop"})", StopReason::stop}}) {
    EXPECT_EQ(with_choice(c.choice).candidates[0].stop, c.stop) << c.choice;
  }
}

TEST(openai_chat_answer, what_is_no_answer) {
  struct Case {
    std::string_view body;
    Errc code;
    std::string_view says;
  };
  for (const Case& c : std::vector<Case>{
           {"<html>", Errc::upstream_malformed, "no chat completion: invalid JSON at byte 0"},
           {"[]", Errc::upstream_malformed, "expected an object"},
           {"{}", Errc::upstream_malformed, "neither 'choices' nor 'error'"},
           {R"({"choices":[1]})", Errc::upstream_malformed, "expected an object"},
           {R"({"choices":[{"message":{"content":{}}}]})", Errc::upstream_malformed,
            "'choices[0].message.content'"},
           {R"({"choices":[{"message":{"tool_calls":[{"id":"a"}]}}]})", Errc::upstream_malformed,
            "'choices[0].message.tool_calls[0].function.name'"},
           {R"({"error":{"message":"busy","type":"server_error"}})", Errc::upstream_status,
            "busy"}}) {
    const auto answer = decode_answer(c.body, {});
    ASSERT_TRUE(answer.has_error()) << c.body;
    EXPECT_EQ(answer.error().code, c.code);
    EXPECT_NE(answer.error().detail.find(c.says), std::string::npos) << answer.error().detail;
  }
}

TEST(openai_chat_answer, of_another_dialect) {
  Answer answer;
  answer.origin = Dialect::anthropic;
  answer.id = "msg_1";
  answer.usage = base::Usage{.input = 20, .cached = 5, .cache_write = 4, .output = 3};
  answer.usage->tier = base::ServiceTier::priority;
  answer.extras.push_back({"container", "{}"});
  Candidate candidate;
  for (const char* text : {"first", "second"}) {
    chat::Reasoning reasoning;
    reasoning.text = text;
    reasoning.signature = {Dialect::anthropic, "secret"};
    candidate.parts.push_back({std::move(reasoning), {}, {}});
  }
  candidate.parts.push_back(chat::text_part("Hel"));
  candidate.parts.push_back(chat::text_part("lo"));
  candidate.parts[3].as<chat::Text>()->annotations =
      R"([{"type":"char_location"},{"type":"url_citation","url":"u","title":"t"}])";
  candidate.parts.push_back(
      {chat::ToolCall{"c", "f", "", false, {Dialect::anthropic, "s"}}, {}, {}});
  candidate.stop = StopReason::tool_calls;
  candidate.stop_native = "tool_use";
  answer.candidates.push_back(std::move(candidate));
  chat::Request request;
  request.model = "fast";
  EXPECT_EQ(
      encode_answer(answer, {.request = &request, .created_s = 5}),
      R"({"id":"chatcmpl-msg_1","object":"chat.completion","created":5,"model":"fast",)"
      R"("choices":[{"index":0,"message":{"role":"assistant","content":"Hello","refusal":null,)"
      R"("reasoning_content":"first\n\nsecond","annotations":[{"type":"url_citation",)"
      R"("url_citation":{"url":"u","title":"t"}}],"tool_calls":[{"id":"c","type":"function",)"
      R"("function":{"name":"f","arguments":"{}"}}]},"logprobs":null,)"
      R"("finish_reason":"tool_calls"}],"usage":{"prompt_tokens":20,"completion_tokens":3,)"
      R"("total_tokens":23,"prompt_tokens_details":{"cached_tokens":5,"audio_tokens":0,)"
      R"("cache_write_tokens":4},"completion_tokens_details":{"reasoning_tokens":0,)"
      R"("audio_tokens":0,"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}},)"
      R"("service_tier":"priority"})");
}

}  // namespace
}  // namespace headgate::llm::openai_chat
