#include "lab/responses/endpoint.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>

#include "lab/engine.h"
#include "lab/script/script_reader.h"

namespace headgate::lab::responses {
namespace {

namespace json = boost::json;

constexpr std::int64_t kNow = 1'800'000'000;

const char kShop[] = R"(
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

json::object tools() {
  return json::parse(R"({"tools":[{"type":"function","name":"get_order"},
      {"type":"function","name":"create_return"},{"type":"custom","name":"apply"}]})")
      .as_object();
}

const Reply& reply_of(const Plan& plan) { return std::get<Reply>(plan.back()); }
json::object body_of(const Plan& plan) {
  EXPECT_EQ(reply_of(plan).status, 200) << reply_of(plan).body;
  return json::parse(reply_of(plan).body).as_object();
}
json::value error_of(const Plan& plan, int status = 400) {
  EXPECT_EQ(reply_of(plan).status, status) << reply_of(plan).body;
  return json::parse(reply_of(plan).body).at("error");
}
std::string text_of(const json::value& value) { return std::string(value.as_string()); }

std::string said(const Plan& plan) {
  return text_of(json::value(body_of(plan)).at_pointer("/output/0/content/0/text"));
}

std::string written(const Plan& plan) {
  std::string bytes;
  for (const auto& action : plan) {
    if (const auto* write = std::get_if<Write>(&action)) bytes += write->bytes;
  }
  return bytes;
}

/// The events of a stream; each must have its name twice and the next number.
std::vector<json::value> events_of(const std::string& bytes, std::int64_t first = 0) {
  std::vector<json::value> events;
  for (std::size_t at = 0; at < bytes.size();) {
    const auto end = bytes.find("\n\n", at);
    const auto line = bytes.find('\n', at);
    EXPECT_EQ(bytes.substr(at, 7), "event: ");
    EXPECT_EQ(bytes.substr(line, 7), "\ndata: ");
    events.push_back(json::parse(bytes.substr(line + 7, end - line - 7)));
    EXPECT_EQ(events.back().at("type"), bytes.substr(at + 7, line - at - 7));
    EXPECT_EQ(events.back().at("sequence_number"), first++);
    at = end + 2;
  }
  return events;
}

std::string types_of(const std::vector<json::value>& events) {
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

/// What a client makes of a stream: items as they are announced, filled with what follows.
class Accumulator {
 public:
  void add(const json::value& event) {
    const std::string type = text_of(event.at("type"));
    if (const auto* response = event.as_object().if_contains("response")) final_ = *response;
    if (type == "response.output_item.added") {
      EXPECT_EQ(event.at("output_index"), items_.size());
      items_.push_back(event.at("item").as_object());
      return;
    }
    if (!event.as_object().contains("output_index")) return;
    auto& item = items_.at(event.at("output_index").to_number<std::size_t>());
    if (type == "response.output_item.done") {
      check_done(item, event.at("item").as_object());
      item = event.at("item").as_object();
      return;
    }
    EXPECT_EQ(event.at("item_id"), item.at("id"));
    if (type == "response.content_part.added") {
      item["content"].as_array().push_back(event.at("part"));
    }
    if (type == "response.reasoning_summary_part.added") {
      item["summary"].as_array().push_back(event.at("part"));
    }
    if (type.ends_with(".delta")) add_text(target(item, type), event.at("delta"));
  }

  json::array items() const { return {items_.begin(), items_.end()}; }
  const json::value& response() const { return final_; }

 private:
  static json::value& target(json::object& item, const std::string& type) {
    if (type == "response.output_text.delta") return item["content"].as_array()[0].at("text");
    if (type == "response.refusal.delta") return item["content"].as_array()[0].at("refusal");
    if (type == "response.reasoning_summary_text.delta") {
      return item["summary"].as_array()[0].at("text");
    }
    return item[type == "response.custom_tool_call_input.delta" ? "input" : "arguments"];
  }

  static void add_text(json::value& text, const json::value& piece) {
    text.as_string() += piece.as_string();
  }

  /// The deltas have made what the finished item says, but for its status and what is sealed.
  static void check_done(json::object made, json::object done) {
    for (auto* item : {&made, &done}) {
      item->erase("status");
      item->erase("encrypted_content");
    }
    EXPECT_EQ(json::value(made), json::value(done));
  }

  std::vector<json::object> items_;
  json::value final_;
};

Accumulator accumulated(const std::vector<json::value>& events) {
  Accumulator sum;
  for (const auto& event : events) sum.add(event);
  return sum;
}

TEST(Responses, AnswersWithTheWholeObject) {
  Talk lab;
  const auto body = body_of(lab.send({{"input", "hello"},
                                      {"instructions", "be kind"},
                                      {"metadata", json::object{{"a", "b"}}},
                                      {"service_tier", "fast"},
                                      {"max_output_tokens", 100},
                                      {"store", false}}));
  EXPECT_EQ(text_of(body.at("id")).substr(0, 5), "resp_");
  EXPECT_EQ(body.at("object"), "response");
  EXPECT_EQ(body.at("status"), "completed");
  EXPECT_EQ(body.at("created_at"), kNow);
  EXPECT_EQ(body.at("completed_at"), kNow);
  EXPECT_EQ(body.at("error"), nullptr);
  EXPECT_EQ(body.at("incomplete_details"), nullptr);
  EXPECT_EQ(body.at("instructions"), "be kind");
  EXPECT_EQ(body.at("metadata"), (json::object{{"a", "b"}}));
  EXPECT_EQ(body.at("service_tier"), "priority");
  EXPECT_EQ(body.at("max_output_tokens"), 100);
  EXPECT_EQ(body.at("store"), false);
  EXPECT_EQ(body.at("temperature"), 1.0);
  EXPECT_EQ(body.at("tool_choice"), "auto");
  EXPECT_EQ(body.at("tools"), json::array());
  EXPECT_EQ(body.at("truncation"), "disabled");
  EXPECT_EQ(body.at("text").at("format").at("type"), "text");
  EXPECT_EQ(body.at("reasoning").at("effort"), "medium");
  EXPECT_FALSE(body.contains("include"));
  const json::value item = body.at("output").at(0);
  EXPECT_EQ(text_of(item.at("id")).substr(0, 4), "msg_");
  EXPECT_EQ(item.at("role"), "assistant");
  EXPECT_EQ(item.at("status"), "completed");
  EXPECT_EQ(item.at("phase"), "final_answer");
  EXPECT_EQ(item.at("content").at(0).at("text"), "You said: hello");
  EXPECT_EQ(item.at("content").at(0).at("annotations"), json::array());
  const json::value usage = body.at("usage");
  EXPECT_EQ(usage.at("input_tokens_details").as_object().size(), 2U);
  EXPECT_EQ(usage.at("output_tokens_details").at("reasoning_tokens"), 0);
}

TEST(Responses, CallToolsSideBySide) {
  Talk lab;
  json::object request = tools();
  request["input"] = "return ORD-77";
  request["reasoning"] = json::object{{"summary", "auto"}};
  const auto output = body_of(lab.send(request)).at("output").as_array();
  ASSERT_EQ(output.size(), 4U);
  EXPECT_EQ(output[0].at("type"), "reasoning");
  EXPECT_EQ(output[0].at_pointer("/summary/0/text"), "They want to return ORD-77.");
  EXPECT_EQ(text_of(output[0].at("encrypted_content")).substr(0, 6), "gAAAAA");
  EXPECT_EQ(output[1].at("phase"), "commentary");
  EXPECT_EQ(output[2].at("arguments"), R"({"order_id":"ORD-77"})");
  EXPECT_EQ(output[3].at("arguments"), R"({"broken": )");
  EXPECT_EQ(text_of(output[2].at("id")).substr(0, 3), "fc_");
  EXPECT_EQ(text_of(output[2].at("call_id")).substr(0, 5), "call_");
  EXPECT_NE(output[2].at("call_id"), output[3].at("call_id"));
  request["parallel_tool_calls"] = false;
  request.erase("reasoning");
  const auto one = body_of(lab.send(request)).at("output").as_array();
  ASSERT_EQ(one.size(), 3U);
  EXPECT_EQ(one[0].at("summary"), json::array());
}

TEST(Responses, CallCustomTools) {
  Talk lab;
  json::object request = tools();
  request["input"] = "patch it";
  const json::value call = body_of(lab.send(request)).at("output").at(0);
  EXPECT_EQ(call.at("type"), "custom_tool_call");
  EXPECT_EQ(call.at("input"), "*** Begin Patch");
  request["stream"] = true;
  EXPECT_EQ(types_of(events_of(written(lab.send(request)))),
            "created in_progress output_item.added custom_tool_call_input.delta "
            "custom_tool_call_input.done output_item.done completed");
}

TEST(Responses, GoOnFromWhatIsStored) {
  Talk lab;
  json::object request = tools();
  request["input"] = "return ORD-77";
  const auto first = body_of(lab.send(request));
  json::array results;
  for (const auto& item : first.at("output").as_array()) {
    if (item.at("type") != "function_call") continue;
    results.push_back({{"type", "function_call_output"},
                       {"call_id", item.at("call_id")},
                       {"output", "delivered"}});
  }
  const auto second = lab.send({{"previous_response_id", first.at("id")}, {"input", results}});
  EXPECT_EQ(said(second), "Your order ORD-77 was delivered.");
  EXPECT_EQ(body_of(second).at("previous_response_id"), first.at("id"));

  // The same without the store: everything goes back as it came.
  json::array all{{{"role", "user"}, {"content", "return ORD-77"}}};
  for (const auto& item : first.at("output").as_array()) all.push_back(item);
  for (const auto& item : results) all.push_back(item);
  EXPECT_EQ(said(lab.send({{"input", all}, {"store", false}})), "Your order ORD-77 was delivered.");
  EXPECT_EQ(text_of(error_of(lab.send({{"input", results}})).at("message")).substr(0, 60),
            "No tool call found for function call output with call_id cal");
}

TEST(Responses, DoNotStoreWhatTheyMustNot) {
  Talk lab;
  const auto body = body_of(lab.send({{"input", "hello"}, {"store", false}}));
  const auto id = text_of(body.at("id"));
  error_of(lab.ask("GET", "/v1/responses/" + id), 404);
  EXPECT_EQ(error_of(lab.send({{"input", "x"}, {"previous_response_id", id}})).at("code"),
            "previous_response_not_found");
}

TEST(Responses, CountTurns) {
  Talk lab;
  const auto first = body_of(lab.send({{"input", "hello"}}));
  const auto second = lab.send({{"input", "again"}, {"previous_response_id", first.at("id")}});
  EXPECT_EQ(said(second), "The second time you said: again");
}

TEST(Responses, AreReadListedAndDeleted) {
  Talk lab;
  const auto first = body_of(lab.send({{"input", "hello"}}));
  const auto second =
      body_of(lab.send({{"input", {{{"role", "user"}, {"content", "again"}, {"id", "msg_mine"}}}},
                        {"previous_response_id", first.at("id")}}));
  const std::string path = "/v1/responses/" + text_of(second.at("id"));
  EXPECT_EQ(body_of(lab.ask("GET", path)), second);
  const auto list = body_of(lab.ask("GET", path + "/input_items"));
  EXPECT_EQ(list.at("object"), "list");
  EXPECT_EQ(list.at("has_more"), false);
  EXPECT_EQ(list.at("first_id"), "msg_mine");
  ASSERT_EQ(list.at("data").as_array().size(), 3U);
  EXPECT_EQ(json::value(list).at_pointer("/data/0/content/0/text"), "again");
  EXPECT_EQ(json::value(list).at_pointer("/data/1"), first.at("output").at(0));
  EXPECT_EQ(json::value(list).at_pointer("/data/2/content/0/type"), "input_text");
  const auto page = body_of(lab.ask("GET", path + "/input_items", "order=asc&limit=1"));
  EXPECT_EQ(page.at("has_more"), true);
  EXPECT_EQ(page.at("first_id"), list.at("last_id"));
  const auto rest = body_of(
      lab.ask("GET", path + "/input_items", "order=asc&after=" + text_of(page.at("last_id"))));
  EXPECT_EQ(rest.at("data").as_array().size(), 2U);
  const auto gone = body_of(lab.ask("DELETE", path));
  EXPECT_EQ(gone.at("deleted"), true);
  EXPECT_EQ(text_of(error_of(lab.ask("GET", path), 404).at("message")),
            "Response with id '" + text_of(second.at("id")) + "' not found.");
  lab.ask("POST", "/lab/reset");
  error_of(lab.ask("GET", "/v1/responses/" + text_of(first.at("id"))), 404);
}

TEST(Responses, RefuseWrongPathsAndQueries) {
  Talk lab;
  const auto id = text_of(body_of(lab.send({{"input", "hello"}})).at("id"));
  const std::string path = "/v1/responses/" + id;
  EXPECT_EQ(error_of(lab.ask("GET", "/v1/responses"), 405).at("code"), "method_not_supported");
  error_of(lab.ask("POST", path), 405);
  error_of(lab.ask("GET", "/v1/responses/input_tokens"), 405);
  error_of(lab.ask("GET", path + "/nothing"), 404);
  EXPECT_EQ(error_of(lab.ask("GET", "/v1/responses/abc")).at("message"),
            "Invalid 'response_id': 'abc'. Expected an ID that begins with 'resp'.");
  EXPECT_EQ(error_of(lab.ask("GET", path + "/input_items", "limit=1000")).at("message"),
            "Invalid 'limit': integer above maximum value. Expected a value <= 100, but got 1000 "
            "instead.");
  EXPECT_EQ(error_of(lab.ask("GET", path + "/input_items", "limit=x")).at("code"), "invalid_type");
  EXPECT_EQ(error_of(lab.ask("GET", path + "/input_items", "order=up")).at("code"),
            "invalid_value");
  error_of(lab.ask("GET", path + "/input_items", "after=msg_x"), 404);
  EXPECT_EQ(error_of(lab.ask("GET", path, "stream=true")).at("message"),
            "This response cannot be streamed because it was not created with background=true.");
  EXPECT_EQ(error_of(lab.ask("POST", path + "/cancel")).at("message"),
            "Cannot cancel a synchronous response.");
}

TEST(Responses, WorkInTheBackground) {
  Talk lab;
  const auto queued = body_of(lab.send({{"input", "hello"}, {"background", true}}));
  EXPECT_EQ(queued.at("status"), "queued");
  EXPECT_EQ(queued.at("output"), json::array());
  const std::string path = "/v1/responses/" + text_of(queued.at("id"));
  EXPECT_EQ(said(lab.ask("GET", path)), "You said: hello");
  EXPECT_EQ(error_of(lab.ask("GET", path, "stream=true")).at("message"),
            "This response cannot be streamed because it was not created with stream=true.");

  const auto live = lab.send({{"input", "hello"}, {"background", true}, {"stream", true}});
  const auto events = events_of(written(live));
  EXPECT_EQ(types_of(events).substr(0, 26), "created queued in_progress");
  const std::string again = "/v1/responses/" + text_of(events[0].at_pointer("/response/id"));
  const auto& replayed = reply_of(lab.ask("GET", again, "stream=true&starting_after=2"));
  EXPECT_EQ(replayed.headers.front().second, "text/event-stream; charset=utf-8");
  const auto rest = events_of(replayed.body, 3);
  EXPECT_EQ(rest.size(), events.size() - 3);
  EXPECT_EQ(rest.back(), events.back());
}

TEST(Responses, CountInputTokens) {
  Talk lab;
  const auto counted = body_of(lab.send({{"input", "hello there"}}, "/v1/responses/input_tokens"));
  EXPECT_EQ(counted.at("object"), "response.input_tokens");
  const auto body = body_of(lab.send({{"input", "hello there"}}));
  EXPECT_EQ(counted.at("input_tokens"), body.at("usage").at("input_tokens"));
  EXPECT_EQ(error_of(lab.send({{"stream", true}}, "/v1/responses/input_tokens")).at("code"),
            "unknown_parameter");
}

TEST(Responses, AreIncompleteWhereTheyAreCut) {
  Talk lab;
  const auto story = body_of(lab.send({{"input", "a story"}}));
  EXPECT_EQ(story.at("status"), "incomplete");
  EXPECT_EQ(story.at("completed_at"), nullptr);
  EXPECT_EQ(story.at("incomplete_details").at("reason"), "max_output_tokens");
  EXPECT_EQ(story.at("output").at(0).at("status"), "incomplete");
  EXPECT_EQ(body_of(lab.send({{"input", "filtered"}})).at("incomplete_details").at("reason"),
            "content_filter");
  const auto thought = body_of(lab.send({{"input", "think"}, {"max_output_tokens", 16}}));
  EXPECT_EQ(thought.at("status"), "incomplete");
  ASSERT_EQ(thought.at("output").as_array().size(), 1U);
  EXPECT_EQ(thought.at("output").at(0).at("type"), "reasoning");
  EXPECT_EQ(thought.at("usage").at("output_tokens"), 16);
  const auto events = events_of(written(lab.send({{"input", "a story"}, {"stream", true}})));
  EXPECT_EQ(events.back().at("type"), "response.incomplete");
}

TEST(Responses, HonourTheFormat) {
  Talk lab;
  const auto format = json::parse(R"({"format":{"type":"json_schema","name":"t","strict":true,
      "schema":{"type":"object","required":["ok"],"properties":{"ok":{"type":"boolean"}},
      "additionalProperties":false}}})");
  EXPECT_EQ(said(lab.send({{"input", "hello"}, {"text", format}})), R"({"ok":false})");
  EXPECT_EQ(said(lab.send({{"input", "some json"}})), R"({"category":"billing","score":5E-1})");
  const auto echoed = body_of(lab.send({{"input", "hello"}, {"text", format}})).at("text");
  EXPECT_EQ(echoed.at("format").at("strict"), true);
  EXPECT_EQ(echoed.at("format").at("name"), "t");
  EXPECT_EQ(echoed.at("verbosity"), "medium");
}

TEST(Responses, StreamInTheProvidersOrder) {
  Talk lab;
  json::object request = tools();
  request["stream"] = true;
  request["reasoning"] = json::object{{"summary", "auto"}};
  const auto order = [&](const char* input) {
    request["input"] = input;
    return types_of(events_of(written(lab.send(request))));
  };
  EXPECT_EQ(order("hello"),
            "created in_progress output_item.added content_part.added output_text.delta "
            "output_text.done content_part.done output_item.done completed");
  EXPECT_EQ(order("weapon"),
            "created in_progress output_item.added content_part.added refusal.delta refusal.done "
            "content_part.done output_item.done completed");
  EXPECT_EQ(order("think"),
            "created in_progress output_item.added output_item.done output_item.added "
            "content_part.added output_text.delta output_text.done content_part.done "
            "output_item.done completed");
  EXPECT_EQ(order("return ORD-1"),
            "created in_progress output_item.added reasoning_summary_part.added "
            "reasoning_summary_text.delta reasoning_summary_text.done reasoning_summary_part.done "
            "output_item.done output_item.added content_part.added output_text.delta "
            "output_text.done content_part.done output_item.done output_item.added "
            "function_call_arguments.delta function_call_arguments.done output_item.done "
            "output_item.added function_call_arguments.delta function_call_arguments.done "
            "output_item.done completed");
}

TEST(Responses, SealThoughtsWholeOnlyAtTheEnd) {
  Talk lab;
  const auto events = events_of(written(lab.send({{"input", "think"}, {"stream", true}})));
  const auto begun = text_of(events[2].at_pointer("/item/encrypted_content"));
  const auto done = text_of(events[3].at_pointer("/item/encrypted_content"));
  EXPECT_LT(begun.size(), done.size());
  const auto back = [&](const std::string& sealed) {
    const json::object item{
        {"type", "reasoning"}, {"summary", json::array()}, {"encrypted_content", sealed}};
    return lab.send({{"input", {item, {{"role", "user"}, {"content", "x"}}}}});
  };
  EXPECT_EQ(error_of(back(begun)).at("code"), "invalid_encrypted_content");
  EXPECT_EQ(reply_of(back(done)).status, 200);
}

TEST(Responses, PadTheirDeltas) {
  Talk lab({}, "obfuscation: true\n");
  const std::string padded = written(lab.send({{"input", "hello"}, {"stream", true}}));
  EXPECT_NE(padded.find(R"("obfuscation":")"), std::string::npos);
  const std::string bare =
      written(lab.send({{"input", "hello"},
                        {"stream", true},
                        {"stream_options", json::object{{"include_obfuscation", false}}}}));
  EXPECT_EQ(bare.find(R"("obfuscation":")"), std::string::npos);
}

TEST(Responses, FailInTheirDialect) {
  Talk lab;
  const auto events = events_of(written(lab.send({{"input", "fault:event"}, {"stream", true}})));
  const auto& error = events[events.size() - 2];
  EXPECT_EQ(error.at("type"), "error");
  EXPECT_EQ(error.at_pointer("/error/code"), "server_error");
  EXPECT_EQ(error.at_pointer("/error/param"), nullptr);
  EXPECT_EQ(events.back().at("type"), "response.failed");
  EXPECT_EQ(events.back().at_pointer("/response/status"), "failed");
  EXPECT_EQ(events.back().at_pointer("/response/id"), events.front().at_pointer("/response/id"));
  error_of(lab.send({{"input", "fault:event"}}), 500);

  const auto quiet = events_of(written(lab.send({{"input", "fault:failed"}, {"stream", true}})));
  EXPECT_EQ(types_of(quiet).find("error"), std::string::npos);
  EXPECT_EQ(quiet.back().at_pointer("/response/error/code"), "rate_limit_exceeded");
  const auto failed = body_of(lab.send({{"input", "fault:failed"}}));
  EXPECT_EQ(failed.at("status"), "failed");
  EXPECT_EQ(failed.at("error").at("code"), "rate_limit_exceeded");
  EXPECT_EQ(failed.at("output"), json::array());
}

TEST(Responses, LeaveThingsOut) {
  Talk lab;
  const auto cut = events_of(written(lab.send({{"input", "fault:done"}, {"stream", true}})));
  EXPECT_EQ(cut.back().at("type"), "response.output_item.done");
  const auto silent = events_of(written(lab.send({{"input", "fault:reason"}, {"stream", true}})));
  EXPECT_EQ(silent.back().at("type"), "response.completed");
  EXPECT_EQ(silent.back().at_pointer("/response/status"), nullptr);
  EXPECT_EQ(body_of(lab.send({{"input", "fault:reason"}})).at("status"), nullptr);
  const auto broken = written(lab.send({{"input", "fault:malformed"}, {"stream", true}}));
  EXPECT_NE(broken.find("event: response.completed"), std::string::npos);
  const auto huge = lab.send({{"input", "fault:huge"}, {"stream", true}});
  EXPECT_LT(written(huge).size(), 20'000U);
  EXPECT_EQ(written(huge).find("HEADGATE"), std::string::npos);
}

TEST(Responses, CacheByTheirModel) {
  Talk lab;
  std::string text;
  for (int i = 0; i < 1500; ++i) text += " word";
  const auto usage = [&](const char* model, const std::string& input) {
    return body_of(lab.send({{"model", model}, {"input", input}}))
        .at("usage")
        .at("input_tokens_details");
  };
  EXPECT_EQ(usage("gpt-4o", text).at("cache_write_tokens"), 0);
  EXPECT_EQ(usage("gpt-4o", text + " more").at("cached_tokens"), 1408);
  const auto written_first = usage("gpt-5.6", text);
  EXPECT_EQ(written_first.at("cached_tokens"), 0);
  EXPECT_EQ(written_first.at("cache_write_tokens"), 1503);
  EXPECT_EQ(usage("gpt-5.6", text).at("cached_tokens"), 1503);
  const auto long_lived =
      body_of(lab.send(
                  {{"input", text + " x"}, {"prompt_cache_options", json::object{{"ttl", "12h"}}}}))
          .at("usage")
          .at("input_tokens_details");
  EXPECT_EQ(long_lived.at("cache_write_tokens_details").at("ttl_12h_tokens"), 1504);
}

TEST(Responses, ModerateWhereAsked) {
  Talk lab;
  const json::object moderation{{"model", "omni-moderation-latest"}};
  const auto body = body_of(lab.send({{"input", "I will kill it"}, {"moderation", moderation}}));
  EXPECT_EQ(body.at("moderation").at("input").at("flagged"), true);
  EXPECT_EQ(body.at("moderation").at("output").at("type"), "moderation_result");
  EXPECT_EQ(body_of(lab.send({{"input", "x"}})).at("moderation"), nullptr);
}

// ---- properties

json::object any_request(bool stream) {
  json::object request = *rc::gen::arbitrary<bool>() ? tools() : json::object();
  request["input"] = *rc::gen::element<std::string>("return ORD-12", "weapon", "some json", "think",
                                                    "story", "patch", "größer, 返品 🙂", "x");
  if (*rc::gen::arbitrary<bool>()) request["max_output_tokens"] = *rc::gen::inRange(16, 60);
  if (*rc::gen::arbitrary<bool>()) request["reasoning"] = json::object{{"summary", "auto"}};
  if (*rc::gen::arbitrary<bool>()) request["store"] = false;
  if (stream) request["stream"] = true;
  return request;
}

RC_GTEST_PROP(Responses, StreamAccumulatesToItsObject, ()) {
  EngineOptions options;
  options.deterministic = true;
  const auto pieces = std::to_string(*rc::gen::inRange(1, 5));
  Talk lab(options, "delay: {tokens_per_chunk: " + pieces + "}\n");
  json::object request = any_request(true);
  const auto sum = accumulated(events_of(written(lab.send(request))));
  RC_ASSERT(json::value(sum.items()) == sum.response().at("output"));

  // And it is what the request would have got in one piece, but for the ids.
  request.erase("stream");
  const auto whole = body_of(lab.send(request));
  RC_ASSERT(whole.at("usage") == sum.response().at("usage"));
  RC_ASSERT(whole.at("status") == sum.response().at("status"));
  RC_ASSERT(whole.at("output").as_array().size() == sum.items().size());
}

RC_GTEST_PROP(Responses, UsageAddsUp, ()) {
  Talk lab;
  const json::value usage = body_of(lab.send(any_request(false))).at("usage");
  const auto count = [&](const char* pointer) { return usage.at_pointer(pointer).as_int64(); };
  RC_ASSERT(count("/total_tokens") == count("/input_tokens") + count("/output_tokens"));
  RC_ASSERT(count("/output_tokens_details/reasoning_tokens") <= count("/output_tokens"));
  RC_ASSERT(count("/input_tokens_details/cached_tokens") +
                count("/input_tokens_details/cache_write_tokens") <=
            count("/input_tokens"));
}

}  // namespace
}  // namespace headgate::lab::responses
