// Shared by the tests of this folder: a shop's script, an engine with short ways to talk to it, and
// ways to look at what it answers. Test code only.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "lab/engine.h"
#include "lab/script/script_reader.h"

namespace headgate::lab::responses {

namespace json = boost::json;

inline constexpr std::int64_t kNow = 1'800'000'000;

inline const char kShop[] = R"(
models: ["*"]
captures: {order: "ORD-{digits}"}
rules:
  - match: {user_contains: "fault:event"}
    fault: {kind: error_event, after_tokens: 2}
  - match: {user_contains: "fault:failed"}
    fault: {kind: error_event, after_tokens: 2, status: 429, how: failed}
  - match: {user_contains: "fault:done"}
    fault: {kind: no_done}
  - match: {user_contains: "fault:reason"}
    fault: {kind: no_finish_reason}
  - match: {user_contains: "fault:huge"}
    fault: {kind: huge_body, bytes: 1000000000}
  - match: {user_contains: "fault:malformed"}
    fault: {kind: malformed, after_tokens: 1}
  - match: {last_role: tool, tool_result_contains: delivered}
    answer: "Your order {{order}} was delivered."
  - match: {user_contains: return}
    answer:
      text: "I will look."
      reasoning: "They want to return {{order}}."
      tool_calls:
        - {name: get_order, arguments: {order_id: "{{order}}"}}
        - {name: create_return, arguments: '{"broken": '}
  - match: {user_contains: patch, has_tool: apply}
    answer: {tool_calls: [{name: apply, arguments: "*** Begin Patch"}]}
  - match: {user_contains: weapon}
    answer: {refusal: "I cannot help with that."}
  - match: {user_contains: json}
    answer: {json: {category: billing, score: 0.5}}
  - match: {user_contains: think}
    answer: {text: "Fourty-two.", reasoning_tokens: 30}
  - match: {user_contains: story}
    answer: {text: "Once upon a time", finish_reason: length}
  - match: {user_contains: filtered}
    answer: {text: "Half an", finish_reason: content_filter}
  - match: {turn: 2}
    answer: "The second time you said: {{last_user}}"
  - match: {dialect: responses}
    answer: "You said: {{last_user}}"
)";

/// An engine and short ways to talk to it.
struct Talk {
  Engine engine;

  explicit Talk(EngineOptions options = {}, const std::string& more = {})
      : engine(script_of(more + kShop), std::move(options)) {}

  static Script script_of(const std::string& yaml) {
    auto script = read_script(yaml, "test.yaml");
    EXPECT_TRUE(script.has_value()) << script.error().detail;
    return *std::move(script);
  }

  Plan send(const json::object& members, const std::string& path = "/v1/responses") {
    json::object body{{"model", "gpt-5.6"}};
    for (const auto& [key, value] : members) body[key] = value;
    return engine.handle({"POST", path, {}, json::serialize(body)}, kNow);
  }
  Plan ask(const std::string& method, const std::string& path, const std::string& query = {}) {
    return engine.handle({method, path, {}, {}, query}, kNow);
  }
};

inline json::object tools() {
  return json::parse(R"({"tools":[{"type":"function","name":"get_order"},
      {"type":"function","name":"create_return"},{"type":"custom","name":"apply"}]})")
      .as_object();
}

inline const Reply& reply_of(const Plan& plan) { return std::get<Reply>(plan.back()); }
inline json::object body_of(const Plan& plan) {
  EXPECT_EQ(reply_of(plan).status, 200) << reply_of(plan).body;
  return json::parse(reply_of(plan).body).as_object();
}
inline json::value error_of(const Plan& plan, int status = 400) {
  EXPECT_EQ(reply_of(plan).status, status) << reply_of(plan).body;
  return json::parse(reply_of(plan).body).at("error");
}
inline std::string text_of(const json::value& value) { return std::string(value.as_string()); }

inline std::string said(const Plan& plan) {
  return text_of(json::value(body_of(plan)).at_pointer("/output/0/content/0/text"));
}

inline std::string written(const Plan& plan) {
  std::string bytes;
  for (const auto& action : plan) {
    if (const auto* write = std::get_if<Write>(&action)) bytes += write->bytes;
  }
  return bytes;
}

/// The events of a stream; each must have its name twice and the next number.
inline std::vector<json::value> events_of(const std::string& bytes, std::int64_t first = 0) {
  std::vector<json::value> events;
  for (std::size_t at = 0; at < bytes.size();) {
    const auto end = bytes.find("\n\n", at);
    const auto line = bytes.find('\n', at);
    EXPECT_EQ(bytes.substr(at, 7), "event: ");
    EXPECT_EQ(bytes.substr(line, 7), "\ndata: ");
    events.push_back(json::parse(bytes.substr(line + 7, end - line - 7)));
    EXPECT_EQ(text_of(events.back().at("type")), bytes.substr(at + 7, line - at - 7));
    EXPECT_EQ(events.back().at("sequence_number"), first++);
    at = end + 2;
  }
  return events;
}

inline std::string types_of(const std::vector<json::value>& events) {
  std::string out;
  std::string last;
  for (const auto& event : events) {
    const auto type = text_of(event.at("type"));
    if (type == last && type.ends_with(".delta")) continue;
    out += (out.empty() ? "" : " ") + type.substr(type.find('.') + 1);
    last = type;
  }
  return out;
}

}  // namespace headgate::lab::responses
