#include "lab/responses/answer.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "lab/responses/talk_test.h"

namespace headgate::lab::responses {
namespace {

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

  json::array items() const {
    json::array out;
    for (const auto& item : items_) out.push_back(item);
    return out;
  }
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

TEST(ResponseStream, StreamInTheProvidersOrder) {
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

TEST(ResponseStream, SealThoughtsWholeOnlyAtTheEnd) {
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

TEST(ResponseStream, PadTheirDeltas) {
  Talk lab({}, "obfuscation: true\n");
  const std::string padded = written(lab.send({{"input", "hello"}, {"stream", true}}));
  EXPECT_NE(padded.find(R"("obfuscation":")"), std::string::npos);
  const std::string bare =
      written(lab.send({{"input", "hello"},
                        {"stream", true},
                        {"stream_options", json::object{{"include_obfuscation", false}}}}));
  EXPECT_EQ(bare.find(R"("obfuscation":")"), std::string::npos);
}

TEST(ResponseStream, FailInTheirDialect) {
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

TEST(ResponseStream, LeaveThingsOut) {
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

RC_GTEST_PROP(ResponseStream, StreamAccumulatesToItsObject, ()) {
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

RC_GTEST_PROP(ResponseStream, UsageAddsUp, ()) {
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
