#include "lab/responses/endpoint.h"

#include <gtest/gtest.h>

#include "lab/responses/talk_test.h"

namespace headgate::lab::responses {
namespace {

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
  const json::value& usage = body.at("usage");
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
  Talk lab({}, "delay: {tokens_per_chunk: 2}\n");
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
  const auto plan = lab.ask("GET", again, "stream=true&starting_after=2");
  const auto& replayed = reply_of(plan);
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

}  // namespace
}  // namespace headgate::lab::responses
