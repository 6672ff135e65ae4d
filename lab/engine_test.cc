#include "lab/engine.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>

#include "lab/talk_test.h"

namespace headgate::lab {
namespace {

namespace json = boost::json;

constexpr std::int64_t kNow = Talk::kNow;

struct Chat : Talk {
  using Talk::Talk;

  Plan send(json::object body, HeaderList headers = {}) {
    if (!body.contains("model")) body["model"] = "gpt-4o";
    return post("/v1/chat/completions", body, std::move(headers));
  }
};

json::array user(std::string_view text) {
  return {json::object{{"role", "user"}, {"content", text}}};
}

std::string said(const Plan& plan) {
  const json::value body = json::parse(reply_of(plan).body);
  return std::string(body.at_pointer("/choices/0/message/content").as_string());
}
std::string error_code(const Plan& plan) {
  const json::value body = json::parse(reply_of(plan).body);
  const auto& code = body.at_pointer("/error/code");
  return code.is_null() ? "" : std::string(code.as_string());
}
/// What a client makes of a stream.
struct Accumulated {
  std::map<std::int64_t, json::object> messages;
  std::map<std::int64_t, std::string> finish;
  json::value usage;
  bool done = false;
};

void add_text(json::object& message, std::string_view key, const json::value& piece) {
  auto& text = message[key];
  if (!text.is_string()) text = "";
  text.as_string() += piece.as_string();
}

void add_calls(json::object& message, const json::array& pieces) {
  if (!message.contains("tool_calls")) message["tool_calls"] = json::array();
  auto& calls = message["tool_calls"].as_array();
  for (const auto& piece : pieces) {
    const auto index = piece.at("index").to_number<std::size_t>();
    if (index == calls.size()) {
      json::object call = piece.as_object();
      call.erase("index");
      calls.push_back(call);
      continue;
    }
    EXPECT_FALSE(piece.as_object().contains("id"));
    auto& function = calls.at(index).as_object()["function"].as_object();
    add_text(function, "arguments", piece.at("function").at("arguments"));
  }
}

Accumulated accumulate(const Plan& plan) {
  Accumulated out;
  for (const auto& [name, event] : events_of(plan)) {
    EXPECT_FALSE(out.done);
    if (event == "[DONE]") {
      out.done = true;
      continue;
    }
    const json::value chunk = json::parse(event);
    if (const auto* usage = chunk.as_object().if_contains("usage"); usage && !usage->is_null()) {
      EXPECT_TRUE(chunk.at("choices").as_array().empty());
      out.usage = *usage;
    }
    for (const auto& choice : chunk.at("choices").as_array()) {
      const auto index = choice.at("index").as_int64();
      auto& message = out.messages[index];
      for (const auto& [key, value] : choice.at("delta").as_object()) {
        if (key == "tool_calls") {
          add_calls(message, value.as_array());
        } else if (value.is_string() && key != "role") {
          add_text(message, key, value);
        } else if (!message.contains(key)) {
          message[key] = value;
        }
      }
      if (!choice.at("finish_reason").is_null()) {
        out.finish[index] = choice.at("finish_reason").as_string();
      }
    }
  }
  return out;
}

const char kShop[] = R"(
captures: {order: "ORD-{digits}"}
rules:
  - match: {last_role: tool, tool_result_contains: delivered}
    answer: "Your order {{order}} was delivered."
  - match: {user_contains: return}
    answer:
      text: "I will look."
      tool_calls:
        - {name: get_order, arguments: {order_id: "{{order}}"}}
        - {name: create_return, arguments: '{"broken": '}
  - match: {user_contains: weapon}
    answer: {refusal: "I cannot help with that."}
  - match: {user_contains: json}
    answer: {json: {category: billing, order: "{{order}}", score: 0.5}}
  - match: {user_contains: think}
    answer: {text: "Fourty-two.", reasoning_tokens: 30}
  - match: {system_contains: pirate}
    answer: Arr
)";

json::object shop_tools() {
  return json::parse(R"({"tools":[{"type":"function","function":{"name":"get_order"}},
      {"type":"function","function":{"name":"create_return"}}]})")
      .as_object();
}

TEST(Engine, AnswersByTheFirstMatchingRule) {
  Chat lab(kShop);
  EXPECT_EQ(said(lab.send({{"messages", user("think hard")}})), "Fourty-two.");
  json::array messages = user("hello");
  messages.insert(messages.begin(), json::object{{"role", "system"}, {"content", "a Pirate"}});
  EXPECT_EQ(said(lab.send({{"messages", messages}})), "Arr");
  EXPECT_EQ(said(lab.send({{"messages", user("hello")}})),
            "[headgate lab] No rule matched. You said: hello");
}

TEST(Engine, CallsToolsOnlyWhenTheyAreOffered) {
  Chat lab(kShop);
  json::object request = shop_tools();
  request["messages"] = user("return ORD-77");
  const auto body = body_of(lab.send(request));
  const json::value choice = body.at("choices").at(0);
  EXPECT_EQ(choice.at("finish_reason"), "tool_calls");
  const auto& calls = choice.at("message").at("tool_calls").as_array();
  ASSERT_EQ(calls.size(), 2U);
  EXPECT_EQ(calls[0].at("function").at("arguments"), R"({"order_id":"ORD-77"})");
  EXPECT_EQ(calls[1].at("function").at("arguments"), R"({"broken": )");
  EXPECT_NE(calls[0].at("id"), calls[1].at("id"));

  EXPECT_NE(said(lab.send({{"messages", user("return ORD-77")}})).find("No rule"),
            std::string::npos);
  request["tool_choice"] = "none";
  EXPECT_NE(said(lab.send(request)).find("No rule"), std::string::npos);
  request["tool_choice"] = "auto";
  request["parallel_tool_calls"] = false;
  EXPECT_EQ(body_of(lab.send(request))
                .at("choices")
                .at(0)
                .at("message")
                .at("tool_calls")
                .as_array()
                .size(),
            1U);
}

TEST(Engine, GoesOnAfterAToolResult) {
  Chat lab(kShop);
  json::object request = shop_tools();
  request["messages"] = json::parse(R"([{"role":"user","content":"return ORD-77"},
      {"role":"assistant","tool_calls":[{"id":"c","type":"function",
       "function":{"name":"get_order","arguments":"{}"}}]},
      {"role":"tool","tool_call_id":"c","content":"{\"status\":\"delivered\"}"}])");
  EXPECT_EQ(said(lab.send(request)), "Your order ORD-77 was delivered.");
}

TEST(Engine, HonoursStructuredOutput) {
  Chat lab(kShop);
  EXPECT_EQ(said(lab.send({{"messages", user("json ORD-5")}})),
            R"({"category":"billing","order":"ORD-5","score":5E-1})");
  const auto format = json::parse(R"({"type":"json_schema","json_schema":{"name":"t","schema":
      {"type":"object","required":["ok"],"properties":{"ok":{"type":"boolean"}}}}})");
  EXPECT_EQ(said(lab.send({{"messages", user("hello")}, {"response_format", format}})),
            R"({"ok":false})");
  const json::object object{{"type", "json_object"}};
  const auto text =
      said(lab.send({{"messages", user("think, in JSON")}, {"response_format", object}}));
  EXPECT_TRUE(json::parse(text).is_object());
}

TEST(Engine, CallsTheToolThatIsDemanded) {
  Chat lab("");
  json::object request = shop_tools();
  request["messages"] = user("hello");
  request["tool_choice"] =
      json::parse(R"({"type":"function","function":{"name":"create_return"}})");
  const json::value message = body_of(lab.send(request)).at("choices").at(0).at("message");
  EXPECT_EQ(message.at("tool_calls").at(0).at("function").at("name"), "create_return");
}

TEST(Engine, GivesNoTextWhereACallIsDemanded) {
  Chat lab("rules: [{answer: fine}]");
  json::object request = shop_tools();
  request["messages"] = user("hello");
  request["tool_choice"] = "required";
  const json::value message = body_of(lab.send(request)).at("choices").at(0).at("message");
  EXPECT_EQ(message.at("tool_calls").at(0).at("function").at("name"), "get_order");
  request["tool_choice"] = "auto";
  EXPECT_EQ(said(lab.send(request)), "fine");
}

TEST(Engine, KeepsLimitsAndStops) {
  Chat lab("rules: [{answer: \"one two three four five\"}]");
  auto body = body_of(lab.send({{"messages", user("x")}, {"max_tokens", 2}}));
  EXPECT_EQ(body.at("choices").at(0).at("message").at("content"), "one two");
  EXPECT_EQ(body.at("choices").at(0).at("finish_reason"), "length");
  EXPECT_EQ(body.at("usage").at("completion_tokens"), 2);
  EXPECT_EQ(said(lab.send({{"messages", user("x")}, {"stop", " three"}})), "one two");
}

TEST(Engine, ServesItsModels) {
  Chat lab("models: [gpt-4o, {id: \"org/x\"}, \"team-*\"]");
  EXPECT_EQ(body_of(lab.get("/v1/models")).at("data").as_array().size(), 2U);
  EXPECT_EQ(body_of(lab.get("/v1/models/org%2Fx")).at("id"), "org/x");
  EXPECT_EQ(error_code(lab.get("/v1/models/nope")), "model_not_found");
  EXPECT_EQ(reply_of(lab.send({{"model", "team-7"}, {"messages", user("x")}})).status, 200);
  const auto unknown = lab.send({{"model", "nope"}, {"messages", user("x")}});
  EXPECT_EQ(reply_of(unknown).status, 404);
  EXPECT_EQ(error_code(unknown), "model_not_found");
}

TEST(Engine, RefusesWrongPathsAndMethods) {
  Chat lab("");
  EXPECT_EQ(reply_of(lab.get("/v1/nothing")).status, 404);
  EXPECT_EQ(reply_of(lab.get("/v1/chat/completions")).status, 405);
  EXPECT_EQ(reply_of(lab.engine.handle({"POST", "/v1/models", {}, {}}, kNow)).status, 405);
}

TEST(Engine, AsksForItsKeys) {
  EngineOptions options;
  options.keys = {"sk-lab-right-key"};
  Chat lab("", options);
  const auto none = lab.send({{"messages", user("x")}});
  EXPECT_EQ(reply_of(none).status, 401);
  EXPECT_EQ(error_code(none), "");
  const auto wrong =
      lab.send({{"messages", user("x")}}, {{"Authorization", "Bearer sk-lab-wrong-key"}});
  EXPECT_EQ(error_code(wrong), "invalid_api_key");
  EXPECT_EQ(reply_of(wrong).body.find("wrong-key"), std::string::npos);
  const auto right =
      lab.send({{"messages", user("x")}}, {{"authorization", "bearer sk-lab-right-key"}});
  EXPECT_EQ(reply_of(right).status, 200);
}

TEST(Engine, SendsTheProvidersHeaders) {
  Chat lab("delay: {head_ms: 5, first_token_ms: 20}");
  const auto plan = lab.send({{"messages", user("x")}});
  const auto& headers = reply_of(plan).headers;
  EXPECT_EQ(header(headers, "x-request-id").substr(0, 4), "req_");
  EXPECT_EQ(header(headers, "openai-processing-ms"), "25");
  EXPECT_EQ(header(headers, "x-ratelimit-limit-requests"), "10000");
  EXPECT_EQ(header(headers, "content-type"), "application/json");
}

TEST(Engine, StreamsAsSpecified) {
  Chat lab(kShop);
  const json::object request{{"messages", user("think")},
                             {"stream", true},
                             {"stream_options", json::object{{"include_usage", true}}}};
  const auto plan = lab.send(request);
  const auto& start = std::get<Start>(plan.front());
  EXPECT_EQ(header(start.headers, "content-type"), "text/event-stream; charset=utf-8");
  const auto events = events_of(plan);
  EXPECT_EQ(json::parse(events.front().second).at_pointer("/choices/0/delta/role"), "assistant");
  EXPECT_EQ(json::parse(events.front().second).at("usage"), nullptr);
  EXPECT_EQ(events.back().second, "[DONE]");
  EXPECT_EQ(json::parse(events[events.size() - 2].second).at("choices").as_array().size(), 0U);
  EXPECT_EQ(json::parse(events[events.size() - 3].second).at_pointer("/choices/0/finish_reason"),
            "stop");

  const auto bare = events_of(lab.send({{"messages", user("think")}, {"stream", true}}));
  for (const auto& [name, event] : bare) {
    EXPECT_TRUE(event == "[DONE]" || !json::parse(event).as_object().contains("usage"));
  }
}

TEST(Engine, PacesByItsDelays) {
  Chat lab("delay: {first_token_ms: 30, per_token_ms: 2}\nrules: [{answer: \"a b c\"}]");
  std::vector<std::int64_t> waits;
  for (const auto& action : lab.send({{"messages", user("x")}, {"stream", true}})) {
    if (const auto* wait = std::get_if<Wait>(&action)) waits.push_back(wait->time.count());
  }
  EXPECT_EQ(waits, (std::vector<std::int64_t>{30'000, 2'000, 2'000}));
  const auto whole = lab.send({{"messages", user("x")}});
  EXPECT_EQ(std::get<Wait>(whole.front()).time.count(), 34'000);
}

TEST(Engine, DrawsLognormalDelays) {
  Chat lab("delay: {first_token_ms: {p50: 100, p95: 300}}");
  std::vector<double> draws;
  for (int i = 0; i < 2000; ++i) {
    const auto plan = lab.send({{"messages", user(std::to_string(i))}});
    draws.push_back(static_cast<double>(std::get<Wait>(plan.front()).time.count()) / 1000);
  }
  std::sort(draws.begin(), draws.end());
  EXPECT_NEAR(draws[1000], 100, 8);
  EXPECT_NEAR(draws[1900], 300, 45);
}

TEST(Engine, RepeatsItselfInAnyOrder) {
  EngineOptions options;
  options.deterministic = true;
  const char script[] = "rules: [{match: {share: 0.5}, answer: {text: [yes, ja, oui]}}]";
  Chat forth(script, options);
  Chat back(script, options);
  std::map<int, std::string> first;
  for (int i = 0; i < 50; ++i) {
    first[i] = reply_of(forth.send({{"messages", user(std::to_string(i))}})).body;
  }
  for (int i = 49; i >= 0; --i) {
    EXPECT_EQ(reply_of(back.send({{"messages", user(std::to_string(i))}})).body, first[i]);
  }
  const auto again = reply_of(back.send({{"messages", user("0")}})).body;
  EXPECT_NE(again, first[0]);  // a second time is another occurrence: another id
  back.engine.reset();
  EXPECT_EQ(reply_of(back.send({{"messages", user("0")}})).body, first[0]);
}

TEST(Engine, CountsOccurrences) {
  Chat lab(R"(
rules:
  - {match: {nth: [1, 3]}, fault: {kind: status, status: 503}}
  - {match: {every: 2}, answer: even}
  - {answer: odd}
)");
  std::vector<int> statuses;
  std::string texts;
  for (int i = 0; i < 5; ++i) {
    const auto plan = lab.send({{"messages", user("x")}});
    statuses.push_back(reply_of(plan).status);
    if (statuses.back() == 200) texts += said(plan) + " ";
  }
  EXPECT_EQ(statuses, (std::vector<int>{503, 200, 503, 200, 200}));
  EXPECT_EQ(texts, "odd even odd ");
}

TEST(Engine, CachesLongPrompts) {
  Chat lab("");
  std::string text;
  for (int i = 0; i < 1500; ++i) text += " word";
  lab.send({{"messages", user(text)}});
  const auto usage = body_of(lab.send({{"messages", user(text + " more")}})).at("usage");
  EXPECT_EQ(usage.at("prompt_tokens_details").at("cached_tokens"), 1408);
}

TEST(Engine, KeepsAJournalWithoutKeys) {
  Chat lab("rules: [{name: all, answer: fine}]");
  lab.send({{"messages", user("x")}}, {{"Authorization", "Bearer secret-secret"}});
  const std::string text = reply_of(lab.get("/lab/requests")).body;
  EXPECT_EQ(text.find("secret-secret"), std::string::npos);
  const json::value entry = json::parse(text).at("requests").at(0);
  EXPECT_EQ(entry.at("rule"), "all");
  EXPECT_EQ(entry.at("body").at("model"), "gpt-4o");
  EXPECT_EQ(entry.at("headers").at("authorization"), "[masked]");
  EXPECT_EQ(entry.at("usage").at("completion"), 1);
  EXPECT_EQ(entry.at("disconnected"), false);
  lab.engine.journal().note_disconnect(lab.engine.journal().newest());
  const json::value left = json::parse(reply_of(lab.get("/lab/requests")).body);
  EXPECT_EQ(left.at("requests").at(0).at("disconnected"), true);
  EXPECT_EQ(body_of(lab.get("/lab/stats")).at("requests"), 1);
  lab.engine.handle({"POST", "/lab/reset", {}, {}}, kNow);
  EXPECT_EQ(body_of(lab.get("/lab/stats")).at("requests"), 0);
}

// ---- properties

json::object any_request(bool stream) {
  json::object request = *rc::gen::element(0, 1) == 0 ? shop_tools() : json::object();
  request["messages"] = user(*rc::gen::element<std::string>(
      "return ORD-12", "weapon", "some json ORD-9", "think", "größer, 返品 🙂", ""));
  request["n"] = *rc::gen::inRange(1, 4);
  if (*rc::gen::arbitrary<bool>()) request["max_tokens"] = *rc::gen::inRange(1, 40);
  if (*rc::gen::arbitrary<bool>()) request["stop"] = "a";
  if (stream) request["stream"] = true;
  return request;
}

std::int64_t count_of(const json::value& usage, std::string_view key) {
  return usage.at(key).as_int64();
}

RC_GTEST_PROP(Engine, UsageAddsUp, ()) {
  Chat lab(kShop);
  const auto usage = body_of(lab.send(any_request(false))).at("usage");
  const auto prompt = count_of(usage, "prompt_tokens");
  const auto completion = count_of(usage, "completion_tokens");
  RC_ASSERT(count_of(usage, "total_tokens") == prompt + completion);
  RC_ASSERT(count_of(usage.at("prompt_tokens_details"), "cached_tokens") <= prompt);
  RC_ASSERT(count_of(usage.at("completion_tokens_details"), "reasoning_tokens") <= completion);
}

RC_GTEST_PROP(Engine, StreamAccumulatesToTheBody, ()) {
  EngineOptions options;
  options.deterministic = true;
  const auto pieces = *rc::gen::inRange(1, 5);
  const auto yaml = "delay: {tokens_per_chunk: " + std::to_string(pieces) + "}\n" + kShop;
  Chat whole(yaml, options);
  Chat streamed(yaml, options);
  json::object request = any_request(false);
  const json::value body = body_of(whole.send(request));
  request["stream"] = true;
  request["stream_options"] = json::object{{"include_usage", true}};
  const auto sum = accumulate(streamed.send(request));
  RC_ASSERT(sum.done);
  RC_ASSERT(sum.usage == body.at("usage"));
  for (const auto& choice : body.at("choices").as_array()) {
    const auto index = choice.at("index").as_int64();
    RC_ASSERT(sum.finish.at(index) == choice.at("finish_reason").as_string());
    json::object expected = choice.at("message").as_object();
    json::object got = sum.messages.at(index);
    expected.erase("annotations");
    for (auto* message : {&expected, &got}) {  // ids are drawn anew for each request
      if (!message->contains("tool_calls")) continue;
      for (auto& call : message->at("tool_calls").as_array()) call.as_object().erase("id");
    }
    RC_ASSERT(json::value(expected) == json::value(got));
  }
}

}  // namespace
}  // namespace headgate::lab
