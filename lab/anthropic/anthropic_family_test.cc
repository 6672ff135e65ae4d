#include "lab/anthropic/anthropic_family.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "lab/talk_test.h"

namespace headgate::lab {
namespace {

namespace json = boost::json;

const HeaderList kVersion{{"anthropic-version", "2026-10-21"}};
const char kShop[] = R"(
models: ["claude-x", "claude-y", "claude-hidden-*"]
captures: {order: "ORD-{digits}"}
rules:
  - match: {last_role: tool, tool_result_contains: delivered}
    answer: {text: "Your order {{order}} was delivered.", reasoning: "It is there."}
  - match: {user_contains: return}
    answer:
      text: "I will look."
      reasoning: "They want to return {{order}}."
      tool_calls:
        - {name: get_order, arguments: {order_id: "{{order}}"}}
        - {name: create_return, arguments: '{"broken": '}
  - match: {user_contains: weapon}
    answer: {refusal: "I cannot help with that."}
  - match: {user_contains: secret}
    answer: {text: "Done.", reasoning: "Hush.", reasoning_redacted: true}
  - match: {user_contains: costly}
    answer: {text: ok, usage: {cached_tokens: 2, cache_write_tokens: 3, cache_write_long_tokens: 1}}
)";
json::object request_of(std::string_view text) {
  return {{"model", "claude-x"},
          {"max_tokens", 4000},
          {"messages", json::array{json::object{{"role", "user"}, {"content", text}}}}};
}

json::object with_tools(json::object request) {
  request["tools"] = json::parse(R"([{"name":"get_order","input_schema":{"type":"object"}},
      {"name":"create_return","input_schema":{"type":"object"}}])");
  return request;
}

json::object thinking(json::object request, std::string_view display = "summarized") {
  request["thinking"] = {{"type", "adaptive"}, {"display", display}};
  return request;
}

Plan send(Talk& lab, const json::object& request, HeaderList headers = kVersion) {
  return lab.post("/v1/messages", request, std::move(headers));
}

/// What a client makes of a stream; checks the order of its events on the way.
json::value accumulate(const Plan& plan) {
  json::value message;
  std::string input;
  bool stopped = false;
  for (const auto& [name, data] : events_of(plan)) {
    EXPECT_FALSE(stopped) << name;
    const json::value event = json::parse(data);
    EXPECT_EQ(text_at(event, "/type"), name);
    if (name == "message_start") {
      message = event.at("message");
      continue;
    }
    if (name == "ping") continue;
    auto& content = message.at("content").as_array();
    if (name == "content_block_start") {
      EXPECT_EQ(count_at(event, "/index"), static_cast<std::int64_t>(content.size()));
      content.push_back(event.at("content_block"));
      input.clear();
    }
    if (name == "content_block_delta") {
      const auto& delta = event.at("delta");
      auto& block = content.at(count_at(event, "/index")).as_object();
      for (const std::string_view member : {"text", "thinking", "signature"}) {
        if (delta.as_object().contains(member)) {
          block[member].as_string() += delta.at(member).as_string();
        }
      }
      input += text_at(delta, "/partial_json");
    }
    if (name == "content_block_stop" && text_at(content.back(), "/type") == "tool_use") {
      boost::system::error_code error;
      const auto value = json::parse(input, error);
      content.back().as_object()["input"] = error ? json::value{{"INVALID_JSON", input}} : value;
    }
    if (name == "message_delta") {
      for (const auto& [key, value] : event.at("delta").as_object())
        message.as_object()[key] = value;
      for (const auto& [key, value] : event.at("usage").as_object()) {
        message.at("usage").as_object()[key] = value;
      }
    }
    stopped = name == "message_stop";
  }
  EXPECT_TRUE(stopped);
  return message;
}

TEST(Anthropic, AnswersByTheScript) {
  Talk lab(kShop);
  const auto body = body_of(send(lab, thinking(with_tools(request_of("return ORD-7")))));
  EXPECT_EQ(text_at(body, "/id").substr(0, 6), "msg_01");
  EXPECT_EQ(text_at(body, "/type"), "message");
  EXPECT_EQ(text_at(body, "/content/0/thinking"), "They want to return ORD-7.");
  EXPECT_EQ(text_at(body, "/content/1/text"), "I will look.");
  EXPECT_EQ(text_at(body, "/content/2/input"), R"({"order_id":"ORD-7"})");
  EXPECT_EQ(text_at(body, "/content/2/id").substr(0, 8), "toolu_01");
  EXPECT_EQ(text_at(body, "/content/3/input"), R"({"INVALID_JSON":"{\"broken\": "})");
  EXPECT_EQ(text_at(body, "/stop_reason"), "tool_use");
  EXPECT_GT(count_at(body, "/usage/output_tokens_details/thinking_tokens"), 0);

  const auto plain = body_of(send(lab, with_tools(request_of("return ORD-7"))));
  EXPECT_EQ(text_at(plain, "/content/0/type"), "text");
  EXPECT_EQ(count_at(plain, "/usage/output_tokens_details/thinking_tokens"), 0);
}

TEST(Anthropic, SpeaksBothVersionsAndNoOther) {
  Talk lab(kShop);
  auto request = request_of("hi");
  EXPECT_EQ(reply_of(send(lab, request, {{"anthropic-version", "2023-06-01"}})).status, 200);
  const auto none = send(lab, request, {});
  EXPECT_EQ(reply_of(none).status, 400);
  EXPECT_EQ(text_at(body_of(none), "/error/message"), "anthropic-version: header is required");
  const auto other = send(lab, request, {{"anthropic-version", "2024-01-01"}});
  EXPECT_EQ(text_at(body_of(other), "/error/message"),
            "anthropic-version: \"2024-01-01\" is not a valid version");
  request["temperature"] = 1.0;
  EXPECT_EQ(reply_of(send(lab, request, {{"anthropic-version", "2023-06-01"}})).status, 200);
  EXPECT_EQ(reply_of(send(lab, request)).status, 400);
}

TEST(Anthropic, AsksForItsKeys) {
  EngineOptions options;
  options.keys = {"sk-ant-right"};
  Talk lab(kShop, options);
  struct Case {
    HeaderList headers;
    int status;
    std::string message;
  };
  const Case cases[] = {
      {{}, 401, "x-api-key header is required"},
      {{{"X-Api-Key", "sk-ant-wrong"}}, 401, "invalid x-api-key"},
      {{{"authorization", "Bearer sk-ant-wrong"}}, 401, "Invalid bearer token"},
      {{{"x-api-key", "sk-ant-right"}}, 200, ""},
      {{{"authorization", "Bearer sk-ant-right"}}, 200, ""},
      {{{"x-api-key", "sk-ant-right"}, {"authorization", "Bearer no"}}, 200, ""},
      {{{"x-api-key", "no"}, {"authorization", "Bearer sk-ant-right"}}, 401, "invalid x-api-key"},
  };
  for (const auto& test : cases) {
    HeaderList headers = test.headers;
    headers.insert(headers.end(), kVersion.begin(), kVersion.end());
    const auto plan = send(lab, request_of("hi"), headers);
    EXPECT_EQ(reply_of(plan).status, test.status);
    EXPECT_EQ(text_at(body_of(plan), "/error/message"), test.message);
  }
}

TEST(Anthropic, SendsTheProvidersHeaders) {
  Talk lab(kShop);
  const auto plan = send(lab, request_of("hi"));
  const auto& headers = reply_of(plan).headers;
  EXPECT_EQ(header(headers, "content-type"), "application/json");
  EXPECT_EQ(header(headers, "request-id").substr(0, 8), "req_011C");
  EXPECT_EQ(header(headers, "anthropic-ratelimit-requests-remaining"), "3999");
  EXPECT_EQ(header(headers, "anthropic-ratelimit-input-tokens-limit"), "2000000");
  EXPECT_EQ(header(headers, "anthropic-ratelimit-output-tokens-reset"), "2027-01-15T08:00:00Z");
  const auto refused = send(lab, {});
  EXPECT_EQ(text_at(body_of(refused), "/request_id"),
            header(reply_of(refused).headers, "request-id"));
  EXPECT_EQ(text_at(body_of(refused), "/type"), "error");
}

TEST(Anthropic, RefusesWhatIsTooLarge) {
  Talk lab(kShop);
  const auto plan = lab.ask("POST", "/v1/messages", kVersion, std::string(33 << 20, ' '));
  EXPECT_EQ(reply_of(plan).status, 413);
  EXPECT_EQ(text_at(body_of(plan), "/error/type"), "request_too_large");
}

TEST(Anthropic, CountsTokens) {
  Talk lab("models: [claude-x]\nrules: [{fault: {kind: status, status: 529}}]");
  auto request = request_of("hello there");
  request.erase("max_tokens");
  const auto counted = body_of(lab.post("/v1/messages/count_tokens", request, kVersion));
  EXPECT_EQ(counted, json::parse(R"({"input_tokens":8})"));
}

TEST(Anthropic, RulesMayNameTheEndpoint) {
  Talk lab(R"(
models: [claude-x]
rules: [{match: {endpoint: count_tokens, dialect: anthropic}, fault: {kind: status, status: 529}}]
)");
  auto request = request_of("hello there");
  EXPECT_EQ(reply_of(send(lab, request)).status, 200);
  request.erase("max_tokens");
  const auto plan = lab.post("/v1/messages/count_tokens", request, kVersion);
  EXPECT_EQ(reply_of(plan).status, 529);
  EXPECT_EQ(text_at(body_of(plan), "/error/type"), "overloaded_error");
}

TEST(Anthropic, EndsForEveryReason) {
  Talk lab(kShop);
  auto request = request_of("weapon");
  const auto refused = body_of(send(lab, request));
  EXPECT_EQ(text_at(refused, "/stop_reason"), "refusal");
  EXPECT_EQ(text_at(refused, "/stop_details/explanation"), "I cannot help with that.");
  EXPECT_TRUE(refused.at("content").as_array().empty());

  request = request_of("one two three four");
  request["max_tokens"] = 2;
  EXPECT_EQ(text_at(body_of(send(lab, request)), "/stop_reason"), "max_tokens");
  request["max_tokens"] = 0;
  EXPECT_TRUE(body_of(send(lab, request)).at("content").as_array().empty());
  request["max_tokens"] = 100;
  request["stop_sequences"] = json::array{"three"};
  const auto stopped = body_of(send(lab, request));
  EXPECT_EQ(text_at(stopped, "/stop_reason"), "stop_sequence");
  EXPECT_EQ(text_at(stopped, "/stop_sequence"), "three");

  struct Case {
    std::string script;
    std::string reason;
  };
  const Case cases[] = {
      {"stop", "end_turn"},          {"length", "max_tokens"},
      {"tool_calls", "tool_use"},    {"pause", "pause_turn"},
      {"content_filter", "refusal"}, {"context_window", "model_context_window_exceeded"},
      {"spii", "refusal"},           {"other", "end_turn"}};
  for (const auto& test : cases) {
    Talk one("models: [claude-x]\nrules: [{answer: {text: x, finish_reason: " + test.script +
             "}}]");
    EXPECT_EQ(text_at(body_of(send(one, request_of("hi"))), "/stop_reason"), test.reason);
  }
}

TEST(Anthropic, HidesThoughtsAsAsked) {
  Talk lab(kShop);
  const auto omitted =
      body_of(send(lab, thinking(with_tools(request_of("return ORD-7")), "omitted")));
  EXPECT_EQ(text_at(omitted, "/content/0/type"), "thinking");
  EXPECT_EQ(text_at(omitted, "/content/0/thinking"), "");
  EXPECT_EQ(text_at(omitted, "/content/0/signature").size(), 96U);
  EXPECT_GT(count_at(omitted, "/usage/output_tokens_details/thinking_tokens"), 0);
  const auto redacted = body_of(send(lab, thinking(request_of("secret"))));
  EXPECT_EQ(text_at(redacted, "/content/0/type"), "redacted_thinking");
  EXPECT_EQ(text_at(redacted, "/content/0/data").size(), 96U);
}

TEST(Anthropic, TakesItsThoughtsBackUnchanged) {
  Talk lab(kShop);
  for (const std::string display : {"summarized", "omitted"}) {
    auto request = with_tools(request_of("return ORD-7"));
    request["thinking"] = {{"type", "enabled"}, {"budget_tokens", 1024}, {"display", display}};
    request["tool_choice"] = {{"type", "auto"}, {"disable_parallel_tool_use", true}};
    const auto first = body_of(send(lab, request));
    auto content = first.at("content").as_array();
    auto& messages = request["messages"].as_array();
    messages.push_back({{"role", "assistant"}, {"content", content}});
    messages.push_back({{"role", "user"},
                        {"content", json::array{{{"type", "tool_result"},
                                                 {"tool_use_id", content.back().at("id")},
                                                 {"content", "delivered"}}}}});
    const auto second = body_of(send(lab, request));
    EXPECT_EQ(text_at(second, "/content/1/text"), "Your order ORD-7 was delivered.");

    auto& answer = messages.at(1).at("content").as_array();
    answer.front().as_object()["signature"] = std::string(96, 'A');
    EXPECT_EQ(text_at(body_of(send(lab, request)), "/error/message"),
              "messages.1.content.0: Invalid `signature` in `thinking` block");
    answer.erase(answer.begin());
    const std::string dropped = text_at(body_of(send(lab, request)), "/error/message");
    EXPECT_NE(dropped.find("Expected `thinking` or `redacted_thinking`, but found `text`"),
              std::string::npos)
        << dropped;
  }
}

TEST(Anthropic, CachesWhatIsMarked) {
  Talk lab("models: [claude-x]");
  std::string words;
  for (int i = 0; i < 1500; ++i) words += " word";
  auto request = request_of("hi");
  request["system"] = json::array{{{"type", "text"},
                                   {"text", words},
                                   {"cache_control", {{"type", "ephemeral"}, {"ttl", "1h"}}}}};
  const auto first = body_of(send(lab, request)).at("usage");
  EXPECT_EQ(count_at(first, "/cache_creation_input_tokens"), 1500);
  EXPECT_EQ(count_at(first, "/cache_creation/ephemeral_1h_input_tokens"), 1500);
  EXPECT_EQ(count_at(first, "/cache_read_input_tokens"), 0);
  EXPECT_EQ(count_at(first, "/input_tokens"), 7);
  lab.now += 3000;
  const auto second = body_of(send(lab, request)).at("usage");
  EXPECT_EQ(count_at(second, "/cache_creation_input_tokens"), 0);
  EXPECT_EQ(count_at(second, "/cache_read_input_tokens"), 1500);
  lab.now += 3601;
  const auto late = body_of(send(lab, request)).at("usage");
  EXPECT_EQ(count_at(late, "/cache_read_input_tokens"), 0);

  // The mark on the request is one on its last block.
  json::object all = request_of(words);
  all["cache_control"] = {{"type", "ephemeral"}};
  EXPECT_EQ(count_at(body_of(send(lab, all)), "/usage/cache_creation/ephemeral_5m_input_tokens"),
            1503);
}

TEST(Anthropic, TakesUsageFromTheScript) {
  Talk lab(kShop);
  const auto usage = body_of(send(lab, request_of("costly words"))).at("usage");
  EXPECT_EQ(count_at(usage, "/cache_read_input_tokens"), 2);
  EXPECT_EQ(count_at(usage, "/cache_creation_input_tokens"), 3);
  EXPECT_EQ(count_at(usage, "/cache_creation/ephemeral_5m_input_tokens"), 2);
  EXPECT_EQ(count_at(usage, "/cache_creation/ephemeral_1h_input_tokens"), 1);
  EXPECT_EQ(count_at(usage, "/input_tokens"), 3);
}

TEST(Anthropic, HonoursStructuredOutput) {
  Talk lab(kShop);
  auto request = request_of("hi");
  request["output_config"] = json::parse(R"({"format":{"type":"json_schema","schema":
      {"type":"object","additionalProperties":false,"required":["ok"],
       "properties":{"ok":{"type":"boolean"}}}}})");
  EXPECT_EQ(text_at(body_of(send(lab, request)), "/content/0/text"), R"({"ok":false})");
}

TEST(Anthropic, CallsTheToolThatIsDemanded) {
  Talk lab("models: [claude-x]");
  auto request = with_tools(request_of("hi"));
  request["tool_choice"] = {{"type", "tool"}, {"name", "create_return"}};
  EXPECT_EQ(text_at(body_of(send(lab, request)), "/content/0/name"), "create_return");
  request["tool_choice"] = {{"type", "any"}};
  EXPECT_EQ(text_at(body_of(send(lab, request)), "/content/0/name"), "get_order");
}

TEST(Anthropic, StreamsAsSpecified) {
  Talk lab(kShop);
  auto request = thinking(with_tools(request_of("return ORD-7")));
  request["stream"] = true;
  const auto plan = send(lab, request);
  EXPECT_EQ(header(std::get<Start>(plan.front()).headers, "content-type"),
            "text/event-stream; charset=utf-8");
  const auto events = events_of(plan);
  EXPECT_EQ(events[0].first, "message_start");
  EXPECT_EQ(text_at(json::parse(events[0].second), "/message/stop_reason"), "null");
  EXPECT_EQ(count_at(json::parse(events[0].second), "/message/usage/output_tokens"), 1);
  EXPECT_EQ(events[1].first, "content_block_start");
  EXPECT_EQ(events[2].first, "ping");
  int signatures = 0;
  for (const auto& [name, data] : events) {
    signatures += text_at(json::parse(data), "/delta/type") == "signature_delta";
  }
  EXPECT_EQ(signatures, 1);
  EXPECT_EQ(events[events.size() - 2].first, "message_delta");
  EXPECT_EQ(events.back().first, "message_stop");
}

// ---- faults

Plan with_fault(const std::string& fault, bool stream) {
  Talk lab("models: [claude-x]\nrules: [{answer: \"a b c d\", fault: " + fault + "}]");
  auto request = request_of("hi");
  if (stream) request["stream"] = true;
  return send(lab, request);
}

TEST(Anthropic, FailsAsScripted) {
  const auto busy = with_fault("{kind: status, status: 529, retry_after: \"3\"}", false);
  EXPECT_EQ(reply_of(busy).status, 529);
  EXPECT_EQ(text_at(body_of(busy), "/error/type"), "overloaded_error");
  EXPECT_EQ(text_at(body_of(busy), "/error/message"), "Overloaded");
  EXPECT_EQ(header(reply_of(busy).headers, "retry-after"), "3");

  const auto events =
      events_of(with_fault("{kind: error_event, status: 529, after_tokens: 2}", true));
  EXPECT_EQ(events.back().first, "error");
  EXPECT_EQ(text_at(json::parse(events.back().second), "/error/type"), "overloaded_error");
  EXPECT_EQ(text_at(json::parse(events.back().second), "/request_id").substr(0, 4), "req_");
  EXPECT_EQ(reply_of(with_fault("{kind: error_event}", false)).status, 500);

  const auto unfinished = written(with_fault("{kind: no_done}", true));
  EXPECT_EQ(unfinished.find("message_stop"), std::string::npos);
  EXPECT_NE(unfinished.find("end_turn"), std::string::npos);
  const auto silent = written(with_fault("{kind: no_finish_reason}", true));
  EXPECT_EQ(silent.find("end_turn"), std::string::npos);
  EXPECT_NE(silent.find("message_stop"), std::string::npos);
  EXPECT_NE(written(with_fault("{kind: huge_body, bytes: 100}", true)).find("text_delta"),
            std::string::npos);
  const auto cut = with_fault("{kind: cut, after_tokens: 2, how: reset}", true);
  EXPECT_TRUE(std::get<End>(cut.back()).reset);
  EXPECT_NE(written(cut).find(R"("text":" b")"), std::string::npos);
  EXPECT_EQ(written(cut).find(R"("text":" c")"), std::string::npos);
  const auto broken = written(with_fault("{kind: malformed, after_tokens: 1}", true));
  EXPECT_EQ(broken.find(R"("text":" b"}})"), std::string::npos);
  EXPECT_NE(broken.find("message_stop"), std::string::npos);
  int unreadable = 0;
  for (const auto& [name, data] : events_of(with_fault("{kind: malformed}", true))) {
    boost::system::error_code error;
    json::parse(data, error);
    unreadable += error.failed();
    EXPECT_FALSE(name.empty());
  }
  EXPECT_EQ(unreadable, 1);
}

TEST(Anthropic, EveryStatusHasItsType) {
  const std::pair<int, std::string> types[] = {{400, "invalid_request_error"},
                                               {401, "authentication_error"},
                                               {402, "billing_error"},
                                               {403, "permission_error"},
                                               {404, "not_found_error"},
                                               {409, "conflict_error"},
                                               {413, "request_too_large"},
                                               {429, "rate_limit_error"},
                                               {500, "api_error"},
                                               {503, "api_error"},
                                               {504, "timeout_error"},
                                               {529, "overloaded_error"}};
  for (const auto& [status, type] : types) {
    const auto plan = with_fault("{kind: status, status: " + std::to_string(status) + "}", false);
    EXPECT_EQ(text_at(body_of(plan), "/error/type"), type);
  }
}

// ---- properties

json::object any_request() {
  json::object request = request_of(*rc::gen::element<std::string>(
      "return ORD-12", "weapon", "secret", "costly", "größer, 返品 🙂"));
  if (*rc::gen::arbitrary<bool>()) request = with_tools(request);
  if (*rc::gen::arbitrary<bool>()) {
    request = thinking(request, *rc::gen::element<std::string>("summarized", "omitted"));
  }
  if (*rc::gen::arbitrary<bool>()) request["max_tokens"] = *rc::gen::inRange(0, 40);
  if (*rc::gen::arbitrary<bool>()) request["stop_sequences"] = json::array{"a"};
  return request;
}

RC_GTEST_PROP(Anthropic, UsageAddsUp, ()) {
  Talk lab(kShop);
  const auto request = any_request();
  const auto usage = body_of(send(lab, request)).at("usage");
  json::object count = request;
  for (const auto* key : {"max_tokens", "stop_sequences"}) count.erase(key);
  const auto all = body_of(lab.post("/v1/messages/count_tokens", count, kVersion));
  RC_ASSERT(count_at(usage, "/input_tokens") + count_at(usage, "/cache_creation_input_tokens") +
                count_at(usage, "/cache_read_input_tokens") ==
            count_at(all, "/input_tokens"));
  RC_ASSERT(count_at(usage, "/cache_creation/ephemeral_5m_input_tokens") +
                count_at(usage, "/cache_creation/ephemeral_1h_input_tokens") ==
            count_at(usage, "/cache_creation_input_tokens"));
  RC_ASSERT(count_at(usage, "/output_tokens_details/thinking_tokens") <=
            count_at(usage, "/output_tokens"));
}

RC_GTEST_PROP(Anthropic, StreamAccumulatesToTheBody, ()) {
  EngineOptions options;
  options.deterministic = true;
  const auto pieces = *rc::gen::inRange(1, 5);
  const auto yaml = "delay: {tokens_per_chunk: " + std::to_string(pieces) + "}\n" + kShop;
  Talk whole(yaml, options);
  Talk streamed(yaml, options);
  json::object request = any_request();
  json::value body = body_of(send(whole, request));
  request["stream"] = true;
  json::value sum = accumulate(send(streamed, request));
  for (auto* message : {&body, &sum}) {  // drawn anew for each request
    message->as_object().erase("id");
    for (auto& block : message->at("content").as_array()) {
      for (const auto* key : {"id", "signature", "data"}) block.as_object().erase(key);
    }
  }
  RC_ASSERT(body == sum);
}

}  // namespace
}  // namespace headgate::lab
