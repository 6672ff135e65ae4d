#include "llm/responses/stream_reader.h"

#include <gtest/gtest.h>

#include "llm/chat/assembler.h"
#include "llm/chat/grammar.h"

namespace headgate::llm::responses {
namespace {

using base::Errc;
using chat::Delta;
using chat::Dialect;
using chat::Event;
using chat::Events;
using chat::StopReason;

constexpr std::string_view kCreated =
    R"({"type":"response.created","response":{"id":"resp_1","model":"m","created_at":5}})";
constexpr std::string_view kCompleted =
    R"({"type":"response.completed","response":{"id":"resp_1","status":"completed","output":[],)"
    R"("usage":{"input_tokens":2,"output_tokens":1},"service_tier":"flex"}})";
constexpr std::string_view kMessage =
    R"({"type":"response.output_item.added","output_index":0,)"
    R"("item":{"type":"message","id":"msg_1","role":"assistant","content":[]}})";
constexpr std::string_view kDelta =
    R"({"type":"response.output_text.delta","output_index":0,"content_index":0,)"
    R"("item_id":"msg_1","delta":"hi"})";

struct Read {
  Events events;
  std::optional<base::Error> error;
  chat::Answer answer;
  std::optional<chat::ProviderError> failed;
};

// What a reader makes of events, checked against the grammar.
Read read(const std::vector<std::string_view>& data, const chat::Limits& limits = {}) {
  Read out;
  StreamReader reader(limits);
  for (const std::string_view event : data) {
    const auto result = reader.read({}, event, out.events);
    if (!result) {
      out.error = result.error();
      break;
    }
  }
  if (!out.error) {
    const auto end = reader.finish(out.events);
    if (!end) out.error = end.error();
  }
  chat::Grammar grammar;
  chat::Assembler assembler;
  for (const Event& event : out.events) {
    EXPECT_EQ(grammar.take(event), "");
    assembler.add(event);
  }
  out.failed = assembler.error();
  out.answer = assembler.take();
  return out;
}

const chat::Part& part_of(const Read& read, std::size_t index) {
  return read.answer.candidates.at(0).parts.at(index);
}

std::string text_of(const Read& read, std::size_t index) {
  const auto* text = part_of(read, index).as<chat::Text>();
  return text != nullptr ? text->text : "(no text)";
}

TEST(responses_stream_reader, a_text) {
  const Read got = read({kCreated, R"({"type":"response.in_progress","response":{}})", kMessage,
                         kDelta, kDelta, kCompleted});
  EXPECT_FALSE(got.error);
  EXPECT_EQ(got.events.front(), Event(chat::Begin{"resp_1", "m", 5}));
  EXPECT_EQ(text_of(got, 0), "hihi");
  EXPECT_EQ(part_of(got, 0).item_id, "msg_1");
  EXPECT_EQ(got.answer.candidates[0].stop, StopReason::stop);
  EXPECT_EQ(got.answer.usage->input, 2);
  EXPECT_EQ(got.answer.usage->tier, base::ServiceTier::flex);
}

TEST(responses_stream_reader, members_of_an_item_go_to_parts_of_its_kind_alone) {
  const auto extras_after = [](std::string_view added) {
    constexpr std::string_view kDone =
        R"({"type":"response.output_item.done","output_index":0,)"
        R"("item":{"type":"message","id":"msg_1","content":[{"type":"refusal","refusal":"no"}]}})";
    return part_of(read({kCreated, added, kDone, kCompleted}), 0).extras;
  };
  EXPECT_EQ(extras_after(R"({"type":"response.output_item.added","output_index":0,)"
                         R"("item":{"type":"reasoning","role":[]}})"),
            chat::Extras{});
  EXPECT_EQ(extras_after(R"({"type":"response.output_item.added","output_index":0,)"
                         R"("item":{"type":"message","id":"msg_1","odd":[]}})"),
            (chat::Extras{{"message.odd", "[]"}}));
}

TEST(responses_stream_reader, what_is_said_whole_counts_where_there_were_no_pieces) {
  constexpr std::string_view kTextDone =
      R"({"type":"response.output_text.done","output_index":0,"content_index":0,"text":"whole"})";
  constexpr std::string_view kPartDone =
      R"({"type":"response.content_part.done","output_index":0,"content_index":0,)"
      R"("part":{"type":"output_text","text":"whole","annotations":[{"a":1}]}})";
  constexpr std::string_view kItemDone =
      R"({"type":"response.output_item.done","output_index":0,"item":{"type":"message",)"
      R"("id":"msg_1","role":"assistant","content":[{"type":"output_text","text":"whole",)"
      R"("annotations":[{"a":1}]}]}})";
  EXPECT_EQ(text_of(read({kCreated, kTextDone, kCompleted}), 0), "whole");
  EXPECT_EQ(text_of(read({kCreated, kMessage, kTextDone, kPartDone, kItemDone, kCompleted}), 0),
            "whole");
  const Read item = read({kCreated, kMessage, kItemDone, kCompleted});
  EXPECT_EQ(text_of(item, 0), "whole");
  EXPECT_EQ(part_of(item, 0).as<chat::Text>()->annotations, R"([{"a":1}])");
  EXPECT_EQ(text_of(read({kCreated, kItemDone, kCompleted}), 0), "whole");
  EXPECT_EQ(
      text_of(read({kCreated, kMessage, kDelta, kTextDone, kPartDone, kItemDone, kCompleted}), 0),
      "hi");
}

TEST(responses_stream_reader, a_stream_may_say_all_of_it_at_its_end) {
  const Read got =
      read({kCreated, R"({"type":"response.completed","response":{"status":"completed","output":[)"
                      R"({"type":"message","id":"m","role":"assistant","content":[)"
                      R"({"type":"output_text","text":"late","logprobs":[{"token":"l"}]}]},)"
                      R"({"type":"function_call","call_id":"c","name":"f","arguments":"{}"}]}})"});
  EXPECT_EQ(text_of(got, 0), "late");
  EXPECT_EQ(got.answer.candidates[0].logprobs, R"([{"token":"l"}])");
  EXPECT_EQ(part_of(got, 1).as<chat::ToolCall>()->arguments, "{}");
  EXPECT_EQ(got.answer.candidates[0].stop, StopReason::tool_calls);
}

TEST(responses_stream_reader, arguments_in_pieces_and_whole) {
  constexpr std::string_view kCall =
      R"({"type":"response.output_item.added","output_index":0,"item":{"type":"function_call",)"
      R"("id":"fc_1","call_id":"c","name":"f","arguments":""}})";
  constexpr std::string_view kPiece =
      R"({"type":"response.function_call_arguments.delta","output_index":0,"delta":"{}"})";
  constexpr std::string_view kWhole =
      R"({"type":"response.function_call_arguments.done","output_index":0,"arguments":"{}"})";
  constexpr std::string_view kDone =
      R"({"type":"response.output_item.done","output_index":0,"item":{"type":"function_call",)"
      R"("id":"fc_1","call_id":"c","name":"f","arguments":"{}",)"
      R"("extra_content":{"google":{"thought_signature":"ts"}}}})";
  const std::vector<std::vector<std::string_view>> streams{
      {kCreated, kCall, kPiece, kWhole, kDone, kCompleted},
      {kCreated, kCall, kWhole, kDone, kCompleted},
      {kCreated, kCall, kDone, kCompleted},
      {kCreated, kDone, kCompleted},
      {kCall, kPiece, kDone, kCompleted}};
  for (const auto& stream : streams) {
    const Read got = read(stream);
    const auto* call = part_of(got, 0).as<chat::ToolCall>();
    ASSERT_NE(call, nullptr);
    EXPECT_EQ(call->id, "c");
    EXPECT_EQ(call->name, "f");
    EXPECT_EQ(call->arguments, "{}");
    EXPECT_EQ(call->signature, (chat::Signature{Dialect::gemini, "ts"}));
    EXPECT_EQ(got.answer.candidates[0].stop, StopReason::tool_calls);
  }
}

TEST(responses_stream_reader, interleaved_items_come_out_one_after_the_other) {
  const auto added = [](int index) {
    const std::string n = std::to_string(index);
    return R"({"type":"response.output_item.added","output_index":)" + n +
           R"(,"item":{"type":"function_call","call_id":"c)" + n +
           R"(","name":"f","arguments":""}})";
  };
  const auto piece = [](int index, std::string_view text) {
    return R"({"type":"response.function_call_arguments.delta","output_index":)" +
           std::to_string(index) + R"(,"delta":")" + std::string(text) + "\"}";
  };
  const auto done = [](int index) {
    const std::string n = std::to_string(index);
    return R"({"type":"response.output_item.done","output_index":)" + n +
           R"(,"item":{"type":"function_call","call_id":"c)" + n +
           R"(","name":"f","arguments":"x"}})";
  };
  const std::string events[] = {added(0),      added(1), piece(1, "a"), piece(0, "b"),
                                piece(1, "c"), done(1),  piece(0, "d"), done(0)};
  std::vector<std::string_view> data{kCreated};
  for (const std::string& event : events) data.push_back(event);
  data.push_back(kCompleted);
  const Read got = read(data);
  EXPECT_EQ(part_of(got, 0).as<chat::ToolCall>()->arguments, "bd");
  EXPECT_EQ(part_of(got, 1).as<chat::ToolCall>()->arguments, "ac");
  EXPECT_EQ(got.events[2], Event(Delta{0, 0, Delta::Kind::arguments, "b"}));
  const Read held = read(data, {.held_bytes_max = 1});
  EXPECT_EQ(held.error->code, Errc::upstream_too_large);
}

TEST(responses_stream_reader, reasoning_with_its_signature_at_the_end) {
  const Read got =
      read({kCreated,
            R"({"type":"response.output_item.added","output_index":0,"item":{"type":"reasoning",)"
            R"("id":"rs_1","summary":[]}})",
            R"({"type":"response.reasoning_summary_part.added","output_index":0,"summary_index":0,)"
            R"("item_id":"rs_1","part":{"type":"summary_text","text":""}})",
            R"({"type":"response.reasoning_summary_text.delta","output_index":0,"summary_index":0,)"
            R"("item_id":"rs_1","delta":"one"})",
            R"({"type":"response.reasoning_summary_text.done","output_index":0,"summary_index":0,)"
            R"("item_id":"rs_1","text":"one"})",
            R"({"type":"response.reasoning_summary_part.added","output_index":0,"summary_index":1,)"
            R"("item_id":"rs_1","part":{"type":"summary_text","text":""}})",
            R"({"type":"response.reasoning_summary_text.done","output_index":0,"summary_index":1,)"
            R"("item_id":"rs_1","text":"two"})",
            R"({"type":"response.output_item.done","output_index":0,"item":{"type":"reasoning",)"
            R"("id":"rs_1","summary":[{"type":"summary_text","text":"one"},)"
            R"({"type":"summary_text","text":"two"}],"encrypted_content":"enc"}})",
            kCompleted});
  const auto* one = part_of(got, 0).as<chat::Reasoning>();
  const auto* two = part_of(got, 1).as<chat::Reasoning>();
  EXPECT_EQ(one->text, "one");
  EXPECT_TRUE(one->is_summary && one->signature.empty());
  EXPECT_EQ(two->text, "two");
  EXPECT_EQ(two->id, "rs_1");
  EXPECT_EQ(two->signature, (chat::Signature{Dialect::openai_responses, "enc"}));
  EXPECT_EQ(got.answer.candidates[0].parts.size(), 2U);
}

TEST(responses_stream_reader, raw_thoughts_and_encrypted_ones) {
  const Read raw = read({kCreated,
                         R"({"type":"response.reasoning_text.delta","output_index":0,)"
                         R"("content_index":0,"item_id":"rs_1","delta":"hm"})",
                         kCompleted});
  const auto* thought = part_of(raw, 0).as<chat::Reasoning>();
  EXPECT_EQ(thought->text, "hm");
  EXPECT_FALSE(thought->is_summary);
  EXPECT_EQ(thought->id, "rs_1");
  const Read encrypted =
      read({kCreated,
            R"({"type":"response.output_item.done","output_index":0,"item":{"type":"reasoning",)"
            R"("id":"rs_1","summary":[],"encrypted_content":"enc"}})",
            kCompleted});
  EXPECT_EQ(part_of(encrypted, 0).as<chat::Reasoning>()->signature.value, "enc");
}

TEST(responses_stream_reader, everything_around_a_text) {
  const Read got = read(
      {kCreated,
       R"({"type":"response.output_item.added","output_index":0,"item":{"type":"message",)"
       R"("id":"msg_1","role":"assistant","phase":"commentary","content":[]}})",
       R"({"type":"response.output_text.delta","output_index":0,"content_index":0,"delta":"a",)"
       R"("logprobs":[{"token":"a"}],"obfuscation":"xyz"})",
       R"({"type":"response.output_text.annotation.added","output_index":0,"content_index":0,)"
       R"("annotation_index":0,"annotation":{"type":"file_path"}})",
       R"({"type":"response.output_text.done","output_index":0,"content_index":0,"text":"a",)"
       R"("logprobs":[{"token":"a"}]})",
       R"({"type":"response.refusal.delta","output_index":0,"content_index":1,"delta":"no"})",
       R"({"type":"response.refusal.done","output_index":0,"content_index":1,"refusal":"no"})",
       kCompleted});
  EXPECT_EQ(part_of(got, 0).as<chat::Text>()->annotations, R"([{"type":"file_path"}])");
  EXPECT_EQ(part_of(got, 0).extras, (chat::Extras{{"message.phase", "\"commentary\""}}));
  EXPECT_EQ(got.answer.candidates[0].logprobs, R"([{"token":"a"}])");
  EXPECT_EQ(part_of(got, 1).as<chat::Refusal>()->text, "no");
  EXPECT_EQ(got.answer.candidates[0].stop, StopReason::refusal);
}

TEST(responses_stream_reader, items_of_the_servers_tools) {
  const Read got = read(
      {kCreated,
       R"({"type":"response.output_item.added","output_index":0,"item":{"type":"web_search_call",)"
       R"("id":"ws_1","status":"in_progress"}})",
       R"({"type":"response.web_search_call.searching","output_index":0,"item_id":"ws_1"})",
       R"({"type":"response.output_item.done","output_index":0,"item":{"type":"web_search_call",)"
       R"("id":"ws_1","status":"completed"}})",
       R"({"type":"response.output_item.done","output_index":1,"item":)"
       R"({"type":"image_generation_call","id":"ig_1","status":"completed","result":"QUJD"}})",
       kCompleted});
  EXPECT_EQ(part_of(got, 0).as<chat::Opaque>()->json,
            R"({"type":"web_search_call","id":"ws_1","status":"completed"})");
  EXPECT_EQ(*part_of(got, 1).as<chat::Media>(), (chat::Media{.mime = "image/png", .data = "QUJD"}));
}

TEST(responses_stream_reader, ends) {
  const Read cut = read({kCreated, kMessage, kDelta});
  EXPECT_EQ(cut.error->code, Errc::upstream_truncated);
  EXPECT_EQ(read({kCreated, kDelta, "[DONE]"}).error->code, Errc::upstream_truncated);
  EXPECT_FALSE(read({kCreated, kDelta, kCompleted, "[DONE]", "{}", kDelta, kCreated}).error);
  const Read incomplete = read({kCreated, kDelta,
                                R"({"type":"response.incomplete","response":{"incomplete_details":)"
                                R"({"reason":"max_output_tokens"}}})"});
  EXPECT_EQ(incomplete.answer.candidates[0].stop, StopReason::length);
  EXPECT_EQ(incomplete.answer.candidates[0].stop_native, "max_output_tokens");
}

TEST(responses_stream_reader, failures) {
  const Read failed = read(
      {kCreated, kDelta,
       R"({"type":"response.failed","response":{"status":"failed","error":)"
       R"({"code":"server_error","message":"boom"},"usage":{"input_tokens":2,"output_tokens":1}}})",
       kCompleted});
  EXPECT_FALSE(failed.error);
  EXPECT_EQ(failed.failed, (chat::ProviderError{.message = "boom", .code = "server_error"}));
  EXPECT_EQ(failed.answer.usage->input, 2);
  EXPECT_EQ(read({R"({"type":"error","code":"c","message":"m","param":null})"}).failed,
            (chat::ProviderError{.message = "m", .code = "c"}));
  EXPECT_EQ(read({R"({"type":"error","error":{"type":"t","code":"c","message":"m"}})"}).failed,
            (chat::ProviderError{.message = "m", .type = "t", .code = "c"}));
  EXPECT_EQ(read({R"({"error":{"message":"m"}})"}).failed, (chat::ProviderError{.message = "m"}));
  EXPECT_TRUE(read({R"({"type":"error"})"}).failed);
  EXPECT_TRUE(read({kCreated, R"({"type":"response.cancelled","response":{}})"}).failed);
}

TEST(responses_stream_reader, what_is_malformed) {
  for (const std::string_view data :
       {"", "{", "7", "nonsense", R"({"type":"response.created","response":{"id":7}})",
        R"({"type":"response.output_item.added","item":{"type":"message","content":7}})"}) {
    const Read got = read({data});
    ASSERT_TRUE(got.error) << data;
    EXPECT_EQ(got.error->code, Errc::upstream_malformed) << data;
  }
}

TEST(responses_stream_reader, the_name_stands_in_for_a_missing_type_and_the_unknown_is_ignored) {
  StreamReader reader;
  Events events;
  EXPECT_TRUE(reader.read("response.created", R"({"response":{"id":"r"}})", events));
  EXPECT_TRUE(reader.read("keepalive", R"({"type":"keepalive","sequence_number":1})", events));
  EXPECT_TRUE(reader.read("ping", "{}", events));
  EXPECT_TRUE(reader.read({}, R"({"type":"response.novelty.delta","delta":"x"})", events));
  EXPECT_EQ(events, (Events{chat::Begin{"r", "", 0}}));
}

TEST(responses_stream_reader, has_limits) {
  std::vector<std::string> events;
  for (int i = 0; i < 4; ++i) {
    events.push_back(R"({"type":"response.output_text.delta","output_index":)" + std::to_string(i) +
                     R"(,"delta":"x"})");
  }
  std::vector<std::string_view> data{kCreated};
  for (const std::string& event : events) data.push_back(event);
  EXPECT_EQ(read(data, {.parts_max = 3}).error->code, Errc::upstream_too_large);
}

}  // namespace
}  // namespace headgate::llm::responses
