#include "llm/responses/stream_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace headgate::llm::responses {
namespace {

using chat::Delta;
using chat::Event;
using chat::Part;
using chat::StopReason;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

using Kind = chat::Delta::Kind;

template <class Value>
Part part(Value value) {
  Part out;
  out.value = std::move(value);
  return out;
}

struct Block {
  std::string name;
  std::string data;
};

std::vector<Block> blocks(std::string_view stream) {
  std::vector<Block> list;
  while (!stream.empty()) {
    const std::size_t end = stream.find("\n\n");
    const std::string_view block = stream.substr(0, end);
    const std::size_t line = block.find('\n');
    EXPECT_TRUE(block.starts_with("event: "));
    EXPECT_EQ(block.substr(line, 7), "\ndata: ");
    EXPECT_EQ(block.find_first_of("\r\n", line + 1), std::string_view::npos);
    list.push_back({std::string(block.substr(7, line - 7)), std::string(block.substr(line + 7))});
    stream.remove_prefix(end + 2);
  }
  return list;
}

// The blocks of events; every one is checked for its type and number.
std::vector<Block> write(const std::vector<Event>& events, const chat::AnswerContext& context = {},
                         const chat::Limits& limits = {}) {
  StreamWriter writer(context, limits);
  std::string stream;
  for (const Event& event : events) writer.write(event, stream);
  std::vector<Block> list = blocks(stream);
  for (std::size_t i = 0; i < list.size(); ++i) {
    EXPECT_TRUE(list[i].data.starts_with(R"({"type":")" + list[i].name + R"(","sequence_number":)" +
                                         std::to_string(i) + ","))
        << list[i].data;
    EXPECT_TRUE(base::json::valid(list[i].data));
  }
  return list;
}

std::vector<std::string> names(const std::vector<Block>& list) {
  std::vector<std::string> out;
  for (const Block& block : list) out.push_back(block.name.substr(block.name.find('.') + 1));
  return out;
}

std::vector<Event> around(std::vector<Event> events, StopReason stop = StopReason::stop) {
  events.insert(events.begin(), chat::Begin{"x", "m", 5});
  events.emplace_back(chat::Stop{0, stop, {}, {}});
  events.emplace_back(chat::UsageSeen{{.input = 2, .output = 1}});
  events.emplace_back(chat::End{});
  return events;
}

TEST(responses_stream_writer, a_message_with_two_texts) {
  const auto list = write(around({chat::PartBegin{0, 0, chat::text_part("")},
                                  Delta{0, 0, Kind::text, "a"}, Delta{0, 0, Kind::text, "b"},
                                  chat::PartEnd{0, 0}, chat::PartBegin{0, 1, chat::text_part("")},
                                  Delta{0, 1, Kind::text, "c"}, chat::PartEnd{0, 1}}));
  EXPECT_THAT(
      names(list),
      ElementsAre("created", "in_progress", "output_item.added", "content_part.added",
                  "output_text.delta", "output_text.delta", "output_text.done", "content_part.done",
                  "content_part.added", "output_text.delta", "output_text.done",
                  "content_part.done", "output_item.done", "completed"));
  EXPECT_THAT(list[0].data, HasSubstr(R"("status":"in_progress")"));
  EXPECT_EQ(list[2].data,
            R"({"type":"response.output_item.added","sequence_number":2,"output_index":0,)"
            R"("item":{"id":"msg_hg_x_0","type":"message","status":"in_progress",)"
            R"("role":"assistant","content":[]}})");
  EXPECT_EQ(list[4].data,
            R"({"type":"response.output_text.delta","sequence_number":4,"item_id":"msg_hg_x_0",)"
            R"("output_index":0,"content_index":0,"delta":"a","logprobs":[]})");
  EXPECT_THAT(list[6].data, HasSubstr(R"("content_index":0,"text":"ab","logprobs":[])"));
  EXPECT_THAT(list[8].data, HasSubstr(R"("content_index":1)"));
  EXPECT_THAT(list.back().data, HasSubstr(R"("status":"completed")"));
  EXPECT_THAT(list.back().data, HasSubstr(R"("total_tokens":3)"));
}

TEST(responses_stream_writer, calls) {
  const chat::ToolCall call{.id = "c", .name = "f"};
  const chat::ToolCall custom{.id = "d", .name = "g", .custom = true};
  const auto list = write(around(
      {chat::PartBegin{0, 0, part(call)}, Delta{0, 0, Kind::arguments, "{"},
       Delta{0, 0, Kind::arguments, "}"}, chat::PartEnd{0, 0}, chat::PartBegin{0, 1, part(custom)},
       Delta{0, 1, Kind::arguments, "x"}, chat::PartEnd{0, 1}},
      StopReason::tool_calls));
  EXPECT_THAT(
      names(list),
      ElementsAre("created", "in_progress", "output_item.added", "function_call_arguments.delta",
                  "function_call_arguments.delta", "function_call_arguments.done",
                  "output_item.done", "output_item.added", "custom_tool_call_input.delta",
                  "custom_tool_call_input.done", "output_item.done", "completed"));
  EXPECT_THAT(list[2].data, HasSubstr(R"("arguments":"","call_id":"c","name":"f")"));
  EXPECT_THAT(list[6].data, HasSubstr(R"("status":"completed","arguments":"{}")"));
  EXPECT_THAT(list[9].data, HasSubstr(R"("output_index":1,"input":"x")"));
}

TEST(responses_stream_writer, thoughts_of_others_are_summaries_and_their_signatures_travel) {
  chat::Request request;
  request.extras.push_back({"include", R"(["reasoning.encrypted_content"])"});
  const chat::Reasoning thought{.signature = {chat::Dialect::anthropic, {}}};
  const chat::Reasoning redacted{.redacted = true, .signature = {chat::Dialect::anthropic, "data"}};
  const auto list =
      write(around({chat::PartBegin{0, 0, part(thought)}, Delta{0, 0, Kind::text, "hm"},
                    Delta{0, 0, Kind::signature, "sig"}, chat::PartEnd{0, 0},
                    chat::PartBegin{0, 1, part(redacted)}, chat::PartEnd{0, 1}}),
            {.request = &request});
  EXPECT_THAT(
      names(list),
      ElementsAre("created", "in_progress", "output_item.added", "reasoning_summary_part.added",
                  "reasoning_summary_text.delta", "reasoning_summary_text.done",
                  "reasoning_summary_part.done", "output_item.done", "output_item.added",
                  "output_item.done", "completed"));
  EXPECT_THAT(list[7].data, HasSubstr(R"("summary":[{"type":"summary_text","text":"hm"}],)"
                                      R"("encrypted_content":"headgate:anthropic:sig")"));
  EXPECT_THAT(list[9].data, HasSubstr(R"("encrypted_content":"headgate:anthropic/redacted:data")"));
}

TEST(responses_stream_writer, raw_thoughts_of_the_dialect_are_content) {
  const chat::Reasoning raw{.id = "rs_1"};
  const auto list = write(around(
      {chat::PartBegin{0, 0, part(raw)}, Delta{0, 0, Kind::text, "hm"}, chat::PartEnd{0, 0}}));
  EXPECT_THAT(names(list),
              ElementsAre("created", "in_progress", "output_item.added", "content_part.added",
                          "reasoning_text.delta", "reasoning_text.done", "content_part.done",
                          "output_item.done", "completed"));
  EXPECT_THAT(list[7].data,
              HasSubstr(R"("summary":[],"content":[{"type":"reasoning_text","text":"hm"}])"));
}

TEST(responses_stream_writer, refusals_annotations_and_logprobs) {
  const auto list = write(
      around({chat::PartBegin{0, 0, part(chat::Refusal{})}, Delta{0, 0, Kind::text, "no"},
              chat::PartEnd{0, 0}, chat::PartBegin{0, 1, chat::text_part("")},
              Delta{0, 1, Kind::logprobs, "[1]"}, Delta{0, 1, Kind::text, "a"},
              Delta{0, 1, Kind::annotations, R"([{"type":"file_path","file_id":"f","index":0},7])"},
              Delta{0, 1, Kind::annotations, R"({"type":"web_search_result_location"})"},
              Delta{0, 1, Kind::logprobs, "[2]"}, chat::PartEnd{0, 1}}));
  EXPECT_THAT(
      names(list),
      ElementsAre("created", "in_progress", "output_item.added", "content_part.added",
                  "refusal.delta", "refusal.done", "content_part.done", "content_part.added",
                  "output_text.delta", "output_text.annotation.added", "output_text.delta",
                  "output_text.done", "content_part.done", "output_item.done", "completed"));
  EXPECT_THAT(list[8].data, HasSubstr(R"("delta":"a","logprobs":[1])"));
  EXPECT_THAT(list[9].data, HasSubstr(R"("annotation_index":0,"annotation":{"type":"file_path")"));
  EXPECT_THAT(list[10].data, HasSubstr(R"("delta":"","logprobs":[2])"));
  EXPECT_THAT(list[11].data, HasSubstr(R"("text":"a","logprobs":[1,2])"));
}

TEST(responses_stream_writer, a_cut_answer_is_incomplete_with_its_last_item) {
  const auto list = write(around({chat::PartBegin{0, 0, part(chat::ToolCall{.id = "c"})},
                                  Delta{0, 0, Kind::arguments, "{\"a"}, chat::PartEnd{0, 0}},
                                 StopReason::length));
  EXPECT_THAT(list[list.size() - 2].data, HasSubstr(R"("status":"incomplete")"));
  EXPECT_EQ(list.back().name, "response.incomplete");
  EXPECT_THAT(list.back().data, HasSubstr(R"({"reason":"max_output_tokens"})"));
}

TEST(responses_stream_writer, what_has_no_place_is_left_out) {
  const chat::Opaque odd{chat::Dialect::anthropic, "server_tool_use", "{}"};
  const auto list = write(around({chat::PartBegin{0, 0, part(odd)}, Delta{0, 0, Kind::opaque, "{}"},
                                  chat::PartEnd{0, 0}, chat::PartBegin{1, 0, chat::text_part("")},
                                  Delta{1, 0, Kind::text, "x"}, chat::PartEnd{1, 0},
                                  chat::Stop{1, StopReason::stop, {}, {}}}));
  EXPECT_THAT(names(list), ElementsAre("created", "in_progress", "completed"));
}

TEST(responses_stream_writer, lines_of_the_request_stay_on_one_line) {
  chat::Request request;
  request.tools.push_back({.name = "f", .schema = "{\n  \"type\":\r\n \"object\"}"});
  EXPECT_EQ(write({chat::Begin{"x", "m", 5}}, {.request = &request}).size(), 2U);
}

TEST(responses_stream_writer, failures) {
  const chat::ProviderError error{.message = "boom", .type = "overloaded_error", .code = "busy"};
  const auto early = write({chat::Failed{error}, chat::Begin{}, chat::End{}});
  ASSERT_EQ(early.size(), 1U);
  EXPECT_EQ(early[0].data,
            R"({"type":"error","sequence_number":0,"code":"busy","message":"boom","param":null,)"
            R"("error":{"type":"overloaded_error","code":"busy","message":"boom","param":null}})");
  const auto late = write({chat::Begin{"x", "m", 5}, chat::PartBegin{0, 0, chat::text_part("")},
                           Delta{0, 0, Kind::text, "half"}, chat::PartEnd{0, 0},
                           chat::PartBegin{0, 1, part(chat::ToolCall{.id = "c", .name = "f"})},
                           Delta{0, 1, Kind::arguments, "{"}, chat::Failed{error}, chat::End{}});
  EXPECT_EQ(late.back().name, "response.failed");
  EXPECT_THAT(late.back().data, HasSubstr(R"("status":"failed","error":{"code":"server_error",)"
                                          R"("message":"boom","type":"overloaded_error",)"
                                          R"("param":null})"));
  EXPECT_THAT(late.back().data, HasSubstr("half"));
  EXPECT_THAT(late.back().data, Not(HasSubstr("function_call")));
}

TEST(responses_stream_writer, our_own_failures_and_signs_of_life) {
  StreamWriter writer({});
  std::string stream;
  writer.keep_alive(stream);
  EXPECT_EQ(stream, ": keep-alive\n\n");
  stream.clear();
  writer.write(chat::Begin{"x", "m", 5}, stream);
  writer.fail(base::fail(base::Errc::upstream_reset, "gone"), "req_1", stream);
  EXPECT_THAT(blocks(stream).back().data, HasSubstr(R"("code":"server_error","message":"gone")"));
  const std::size_t size = stream.size();
  writer.fail(base::fail(base::Errc::internal, "again"), "req_1", stream);
  writer.write(chat::End{}, stream);
  writer.keep_alive(stream);
  EXPECT_EQ(stream.size(), size);
}

TEST(responses_stream_writer, a_broken_answer_is_a_failed_one) {
  const auto list = write(around({chat::PartBegin{0, 0, part(chat::ToolCall{.id = "c"})},
                                  Delta{0, 0, Kind::arguments, "{"}, chat::PartEnd{0, 0}},
                                 StopReason::malformed));
  EXPECT_EQ(list.back().name, "response.failed");
  EXPECT_THAT(list.back().data, HasSubstr(R"("output":[])"));
}

TEST(responses_stream_writer, has_a_limit) {
  const auto list = write({chat::Begin{"x", "m", 5}, chat::PartBegin{0, 0, chat::text_part("")},
                           Delta{0, 0, Kind::text, "1234"}, Delta{0, 0, Kind::text, "5"},
                           Delta{0, 0, Kind::text, "6"}, chat::End{}},
                          {}, {.held_bytes_max = 4});
  EXPECT_EQ(list.back().name, "response.failed");
  EXPECT_THAT(names(list), testing::Contains("output_text.delta").Times(1));
}

}  // namespace
}  // namespace headgate::llm::responses
