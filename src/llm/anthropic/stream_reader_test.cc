#include "llm/anthropic/stream_reader.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "llm/chat/assembler.h"
#include "llm/chat/grammar.h"

namespace headgate::llm::anthropic {
namespace {

using base::Errc;

// What a stream of these events' data comes to.
struct Read {
  std::vector<std::string> wrong;  // against the grammar
  std::string error;               // of the reader
  Errc code = Errc::internal;
  std::size_t failed_at = 0;
  chat::Answer answer;
  std::optional<chat::ProviderError> failed;
  bool ended = false;
};

Read read(const std::vector<std::string>& frames, const chat::Limits& limits = {}) {
  Read result;
  StreamReader reader(limits);
  chat::Grammar grammar;
  chat::Assembler assembler;
  const auto take = [&](const chat::Events& events) {
    for (const chat::Event& event : events) {
      std::string wrong = grammar.take(event);
      if (!wrong.empty()) result.wrong.push_back(std::move(wrong));
      assembler.add(event);
    }
  };
  chat::Events events;
  base::Result<void> ok;
  for (const std::string& frame : frames) {
    events.clear();
    ok = reader.read({}, frame, events);
    take(events);
    if (!ok) break;
    ++result.failed_at;
  }
  events.clear();
  if (ok) ok = reader.finish(events);
  take(events);
  if (!ok) {
    result.error = ok.error().detail;
    result.code = ok.error().code;
  }
  result.failed = assembler.error();
  result.ended = grammar.ended();
  result.answer = assembler.take();
  return result;
}

const std::string kStart =
    R"({"type":"message_start","message":{"id":"msg_1","model":"m","usage":{"input_tokens":5,)"
    R"("output_tokens":1}}})";
const std::string kDelta =
    R"({"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},)"
    R"("usage":{"output_tokens":9}})";
const std::string kStop = R"({"type":"message_stop"})";

std::string begin(int index, const std::string& block) {
  return R"({"type":"content_block_start","index":)" + std::to_string(index) +
         R"(,"content_block":)" + block + "}";
}
std::string delta(int index, const std::string& value) {
  return R"({"type":"content_block_delta","index":)" + std::to_string(index) + R"(,"delta":)" +
         value + "}";
}
std::string end(int index) {
  return R"({"type":"content_block_stop","index":)" + std::to_string(index) + "}";
}
std::string text_delta(const std::string& text) {
  return R"({"type":"text_delta","text":")" + text + "\"}";
}
std::string json_delta(const std::string& json) {
  return R"({"type":"input_json_delta","partial_json":")" + json + "\"}";
}
const std::string kText = R"({"type":"text","text":""})";
const std::string kCall = R"({"type":"tool_use","id":"t","name":"f","input":{}})";

Read whole(std::vector<std::string> blocks, const chat::Limits& limits = {}) {
  blocks.insert(blocks.begin(), kStart);
  blocks.push_back(kDelta);
  blocks.push_back(kStop);
  return read(blocks, limits);
}

const chat::Part& part(const Read& read, std::size_t i) {
  return read.answer.candidates.at(0).parts.at(i);
}

TEST(anthropic_stream, a_plain_one) {
  const Read got = whole({R"({"type":"ping"})", begin(0, kText), delta(0, text_delta("Hel")),
                          R"({"type":"from_the_future","index":0})", delta(0, text_delta("lo")),
                          delta(0, R"({"type":"future_delta","x":1})"), end(0)});
  EXPECT_EQ(got.error, "");
  EXPECT_TRUE(got.wrong.empty());
  EXPECT_TRUE(got.ended);
  EXPECT_EQ(got.answer.id, "msg_1");
  EXPECT_EQ(part(got, 0).as<chat::Text>()->text, "Hello");
  EXPECT_EQ(got.answer.candidates[0].stop, chat::StopReason::stop);
  EXPECT_EQ(got.answer.usage, (base::Usage{.input = 5, .output = 9}));
}

TEST(anthropic_stream, an_empty_input_is_an_empty_object) {
  const Read got = whole({begin(0, kCall), delta(0, json_delta("")), end(0),
                          begin(1, R"({"type":"tool_use","id":"u","name":"g","input":{"a": 1}})"),
                          end(1), begin(2, R"({"type":"tool_use","id":"v","name":"h","input":{}})"),
                          delta(2, json_delta("{\\\"b\\\":")), delta(2, json_delta("2}")), end(2)});
  EXPECT_EQ(got.error, "");
  EXPECT_EQ(part(got, 0).as<chat::ToolCall>()->arguments, "{}");
  EXPECT_EQ(part(got, 1).as<chat::ToolCall>()->arguments, R"({"a": 1})");
  EXPECT_EQ(part(got, 2).as<chat::ToolCall>()->arguments, R"({"b":2})");
}

TEST(anthropic_stream, a_signature_once_and_whole) {
  StreamReader reader;
  chat::Events events;
  for (const std::string& frame :
       {kStart, begin(0, R"({"type":"thinking","thinking":"","signature":""})"),
        delta(0, R"({"type":"thinking_delta","thinking":"hm"})"),
        delta(0, R"({"type":"signature_delta","signature":"old"})"),
        delta(0, R"({"type":"signature_delta","signature":"c2ln"})"), end(0)}) {
    ASSERT_TRUE(reader.read({}, frame, events));
  }
  std::vector<chat::Delta> signatures;
  for (const chat::Event& event : events) {
    const auto* piece = std::get_if<chat::Delta>(&event);
    if (piece && piece->kind == chat::Delta::Kind::signature) signatures.push_back(*piece);
  }
  ASSERT_EQ(signatures.size(), 1U);
  EXPECT_EQ(signatures[0].value, "c2ln");
}

TEST(anthropic_stream, blocks_without_a_word_come_when_they_are_whole) {
  const Read got =
      whole({begin(0, R"({"type":"server_tool_use","id":"s","name":"web_search","input":{}})"),
             delta(0, json_delta("{\\\"q\\\":")), delta(0, json_delta("1}")), end(0),
             begin(1, R"({"type":"web_search_tool_result","tool_use_id":"s","content":[{"a":1}]})"),
             end(1), begin(2, R"({"type":"compaction","content":null})"),
             delta(2, R"({"type":"compaction_delta","content":"short"})"), end(2)});
  EXPECT_EQ(got.error, "");
  EXPECT_TRUE(got.wrong.empty());
  EXPECT_EQ(part(got, 0).as<chat::Opaque>()->json,
            R"({"type":"server_tool_use","id":"s","name":"web_search","input":{"q":1}})");
  EXPECT_EQ(part(got, 1).as<chat::Opaque>()->type, "web_search_tool_result");
  EXPECT_EQ(part(got, 2).as<chat::Opaque>()->json, R"({"type":"compaction","content":"short"})");
}

TEST(anthropic_stream, interleaved_blocks_wait_for_their_turn) {
  const std::vector<std::string> frames = {begin(4, kCall),           begin(2, kText),
                                           delta(2, text_delta("a")), delta(4, json_delta("{")),
                                           delta(2, text_delta("b")), end(2),
                                           delta(4, json_delta("}")), end(4)};
  const Read got = whole(frames);
  EXPECT_EQ(got.error, "");
  EXPECT_TRUE(got.wrong.empty());
  EXPECT_EQ(part(got, 0).as<chat::ToolCall>()->arguments, "{}");
  EXPECT_EQ(part(got, 1).as<chat::Text>()->text, "ab");
  EXPECT_EQ(whole(frames, {.held_bytes_max = 1}).code, Errc::upstream_too_large);
}

TEST(anthropic_stream, a_block_that_nobody_ended_ends_with_the_message) {
  const Read got = whole({begin(0, kText), delta(0, text_delta("a"))});
  EXPECT_EQ(got.error, "");
  EXPECT_TRUE(got.wrong.empty());
}

TEST(anthropic_stream, errors_after_a_200) {
  const Read got =
      read({kStart, begin(0, kText),
            R"({"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}})",
            "garbage"});
  EXPECT_EQ(got.error, "");
  EXPECT_TRUE(got.wrong.empty());
  ASSERT_TRUE(got.failed);
  EXPECT_EQ(got.failed->type, "overloaded_error");
  EXPECT_EQ(got.failed->status, 529);
  EXPECT_EQ(read({R"({"error":{"message":"m","type":"server_error"}})"}).failed->message, "m");
  StreamReader reader;
  chat::Events events;
  ASSERT_TRUE(reader.read("error", "no JSON", events));
  EXPECT_EQ(std::get<chat::Failed>(events.at(0)).error.message, "no JSON");
  EXPECT_TRUE(reader.finish(events));
}

TEST(anthropic_stream, without_its_end_it_is_truncated) {
  const std::vector<std::string> all = {kStart, begin(0, kText), delta(0, text_delta("a")),
                                        end(0), kDelta,          kStop};
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Read got = read({all.begin(), all.begin() + static_cast<std::ptrdiff_t>(i)});
    EXPECT_EQ(got.code, Errc::upstream_truncated) << i;
    EXPECT_FALSE(got.ended);
  }
  EXPECT_EQ(read(all).error, "");
  std::vector<std::string> more = all;
  more.emplace_back("[DONE]");
  more.emplace_back(R"({"type":"ping"})");
  EXPECT_EQ(read(more).error, "");
}

struct Broken {
  std::vector<std::string> frames;
  std::string_view what;
  Errc code = Errc::upstream_malformed;
};

class AnthropicStreamBroken : public testing::TestWithParam<Broken> {};

TEST_P(AnthropicStreamBroken, is_an_error_at_its_last_event) {
  const Read got = read(GetParam().frames);
  EXPECT_EQ(got.code, GetParam().code);
  EXPECT_NE(got.error.find(GetParam().what), std::string::npos) << got.error;
  EXPECT_EQ(got.failed_at + 1, GetParam().frames.size());
  EXPECT_TRUE(got.wrong.empty());
}

INSTANTIATE_TEST_SUITE_P(
    table, AnthropicStreamBroken,
    testing::Values(
        Broken{{"{"}, "invalid JSON"}, Broken{{kDelta}, "message_delta out of order"},
        Broken{{kStop}, "message_stop out of order"},
        Broken{{kStart, kStart}, "message_start out of order"},
        Broken{{R"({"type":"message_start"})"}, "without a message"},
        Broken{{kStart, kStop}, "without a stop reason"},
        Broken{{kStart, delta(0, text_delta("a"))}, "not open"},
        Broken{{kStart, end(0)}, "not open"},
        Broken{{kStart, begin(0, kText), begin(0, kText)}, "already there"},
        Broken{{kStart, begin(0, kText), end(0), delta(0, text_delta("a"))}, "not open"},
        Broken{{kStart, begin(0, kText), delta(0, json_delta("{"))}, "another type"},
        Broken{{kStart, begin(0, kCall), delta(0, text_delta("a"))}, "another type"},
        Broken{{kStart, begin(0, R"({"type":"tool_use","name":"f"})")}, "id: Field required"},
        Broken{{kStart, begin(0, "[]")}, "no object"},
        Broken{{kStart, R"({"type":"content_block_start","content_block":{"type":"text"}})"},
               "without a block"},
        Broken{{kStart, kDelta, begin(0, kText)}, "after the stop reason"},
        Broken{{kStart, kDelta, kStop, kDelta}, "after message_stop"}));

TEST(anthropic_stream, too_many_blocks) {
  EXPECT_EQ(whole({begin(0, kText), end(0), begin(1, kText), end(1)}, {.parts_max = 1}).code,
            Errc::upstream_too_large);
}

}  // namespace
}  // namespace headgate::llm::anthropic
