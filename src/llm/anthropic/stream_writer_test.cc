#include "llm/anthropic/stream_writer.h"

#include <gtest/gtest.h>

#include <string>

#include "llm/anthropic/usage.h"

namespace headgate::llm::anthropic {
namespace {

using chat::Delta;
using chat::Event;
using chat::PartBegin;
using chat::PartEnd;

// Every data line without its type and its usage: short enough to compare.
std::string shortened(std::string text) {
  std::string out;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t end = text.find("\n\n", at);
    const std::string frame = text.substr(at, end - at);
    const std::size_t line = frame.find('\n');
    const std::string name = frame.substr(7, line - 7);
    std::string data = frame.substr(line + 7);
    const std::string type = R"({"type":")" + name + "\"";
    EXPECT_TRUE(data.starts_with(type)) << data;
    data.erase(1, type.size() - 1);
    const std::size_t usage = data.find(R"("usage":{)");
    if (usage != std::string::npos) {
      const std::size_t geo = data.find(R"("inference_geo":null})", usage);
      const std::string input = data.substr(usage, data.find(',', usage) - usage);
      data.replace(usage, geo + 21 - usage, input + "}");
    }
    out += name + " " + data + "\n";
    at = end + 2;
  }
  return out;
}

std::string written(const std::vector<Event>& events, const chat::AnswerContext& context = {}) {
  StreamWriter writer(context);
  std::string out;
  for (const Event& event : events) writer.write(event, out);
  return shortened(out);
}

PartBegin begin(std::uint32_t index, auto value) {
  return {0, index, chat::Part{std::move(value), {}, {}}};
}

const std::string kStart =
    R"(message_start {,"message":{"id":"msg_1","type":"message","role":"assistant","model":"m",)"
    R"("content":[],"stop_reason":null,"stop_sequence":null,"stop_details":null,)"
    R"("usage":{"input_tokens":0}}})"
    "\nping {}\n";

TEST(anthropic_writer, text_thoughts_and_calls) {
  chat::Reasoning thoughts;
  thoughts.signature.origin = chat::Dialect::anthropic;
  EXPECT_EQ(
      written({chat::Begin{"msg_1", "m", 7}, begin(0, thoughts),
               Delta{0, 0, Delta::Kind::text, "hm"}, Delta{0, 0, Delta::Kind::signature, "c2ln"},
               PartEnd{0, 0}, begin(1, chat::Text{}), Delta{0, 1, Delta::Kind::text, "a\n"},
               Delta{0, 1, Delta::Kind::annotations, R"([{"cited_text":"c"},{"type":"url"}])"},
               PartEnd{0, 1}, begin(2, chat::ToolCall{"a:b", "f", "", false, {}}),
               Delta{0, 2, Delta::Kind::arguments, "{\"x\":"},
               Delta{0, 2, Delta::Kind::arguments, "1}"}, PartEnd{0, 2},
               chat::Stop{0, chat::StopReason::stop, "STOP", ""},
               chat::UsageSeen{{.input = 10, .cached = 4, .output = 3}}, chat::End{}}),
      kStart +
          "content_block_start {,\"index\":0,\"content_block\":{\"type\":\"thinking\","
          "\"thinking\":\"\",\"signature\":\"\"}}\n"
          "content_block_delta {,\"index\":0,\"delta\":{\"type\":\"thinking_delta\","
          "\"thinking\":\"hm\"}}\n"
          "content_block_delta {,\"index\":0,\"delta\":{\"type\":\"signature_delta\","
          "\"signature\":\"c2ln\"}}\n"
          "content_block_stop {,\"index\":0}\n"
          "content_block_start {,\"index\":1,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n"
          "content_block_delta "
          "{,\"index\":1,\"delta\":{\"type\":\"text_delta\",\"text\":\"a\\n\"}}\n"
          "content_block_delta {,\"index\":1,\"delta\":{\"type\":\"citations_delta\","
          "\"citation\":{\"cited_text\":\"c\"}}}\n"
          "content_block_stop {,\"index\":1}\n"
          "content_block_start {,\"index\":2,\"content_block\":{\"type\":\"tool_use\","
          "\"id\":\"hgx_a_3ab\",\"name\":\"f\",\"input\":{}}}\n"
          "content_block_delta {,\"index\":2,\"delta\":{\"type\":\"input_json_delta\","
          "\"partial_json\":\"{\\\"x\\\":\"}}\n"
          "content_block_delta {,\"index\":2,\"delta\":{\"type\":\"input_json_delta\","
          "\"partial_json\":\"1}\"}}\n"
          "content_block_stop {,\"index\":2}\n"
          "message_delta {,\"delta\":{\"stop_reason\":\"tool_use\",\"stop_sequence\":null,"
          "\"stop_details\":null},\"usage\":{\"input_tokens\":6}}\n"
          "message_stop {}\n");
}

TEST(anthropic_writer, what_has_no_block_leaves_no_hole_in_the_indexes) {
  const std::string out = written(
      {chat::Begin{"msg_1", "m", 0}, begin(0, chat::Media{}), Delta{0, 0, Delta::Kind::data, "QQ"},
       PartEnd{0, 0}, begin(1, chat::Text{}), PartEnd{0, 1},
       begin(2, chat::Opaque{chat::Dialect::gemini, "executableCode", "{}"}), PartEnd{0, 2},
       PartBegin{1, 0, chat::text_part("")}, Delta{1, 0, Delta::Kind::text, "other candidate"},
       PartEnd{1, 0}, begin(3, chat::Refusal{}), Delta{0, 3, Delta::Kind::text, "no"},
       PartEnd{0, 3}, chat::Stop{0, chat::StopReason::stop, "", ""}, chat::End{}});
  EXPECT_EQ(out,
            kStart +
                "content_block_start {,\"index\":0,\"content_block\":{\"type\":\"text\","
                "\"text\":\"\"}}\n"
                "content_block_delta {,\"index\":0,\"delta\":{\"type\":\"text_delta\","
                "\"text\":\"no\"}}\n"
                "content_block_stop {,\"index\":0}\n"
                "message_delta {,\"delta\":{\"stop_reason\":\"refusal\",\"stop_sequence\":null,"
                "\"stop_details\":null},\"usage\":{\"input_tokens\":0}}\n"
                "message_stop {}\n");
}

TEST(anthropic_writer, thoughts_of_others_are_signed_with_our_mark) {
  chat::Reasoning thoughts;
  thoughts.signature.origin = chat::Dialect::gemini;
  const std::string out = written({chat::Begin{"x", "m", 0}, begin(0, thoughts), PartEnd{0, 0}});
  EXPECT_NE(out.find(R"("thinking":"","signature":"headgate.gemini.-..")"), std::string::npos);
  EXPECT_NE(out.find(R"({"type":"signature_delta","signature":"headgate.gemini.-.."})"),
            std::string::npos);
}

TEST(anthropic_writer, free_text_calls_stream_as_one_string) {
  const std::string out =
      written({chat::Begin{"x", "m", 0}, begin(0, chat::ToolCall{"1", "sh", "", true, {}}),
               Delta{0, 0, Delta::Kind::arguments, "echo \""},
               Delta{0, 0, Delta::Kind::arguments, "\n"}, PartEnd{0, 0}});
  std::string json;
  for (std::size_t at = out.find("partial_json\":\""); at != std::string::npos;
       at = out.find("partial_json\":\"", at + 1)) {
    json += out.substr(at + 15, out.find("\"}}\n", at) - at - 15);
  }
  EXPECT_EQ(json, R"({\"input\":\"echo \\\"\\n\"})");
}

TEST(anthropic_writer, input_tokens_that_are_known_stand_at_the_start) {
  const std::string out =
      written({chat::Begin{"x", "m", 0}, chat::UsageSeen{{.input = 9}}, begin(0, chat::Text{})});
  EXPECT_NE(out.find(R"("usage":{"input_tokens":9})"), std::string::npos);
}

TEST(anthropic_writer, signs_of_life) {
  StreamWriter writer({.id = "msg_given"});
  std::string out;
  writer.keep_alive(out);
  EXPECT_EQ(shortened(out), "ping {}\n");
  writer.write(chat::Begin{"x", "m", 0}, out);
  EXPECT_EQ(shortened(out), "ping {}\n");
  out.clear();
  writer.keep_alive(out);
  EXPECT_NE(out.find("msg_given"), std::string::npos);
  EXPECT_TRUE(out.ends_with("event: ping\ndata: {\"type\":\"ping\"}\n\n"));
}

TEST(anthropic_writer, nothing_follows_an_error) {
  const std::string overloaded =
      "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\","
      "\"message\":\"try later\"},\"request_id\":\"req_1\"}\n\n";
  StreamWriter writer(chat::AnswerContext{});
  std::string out;
  writer.fail(base::fail(base::Errc::overloaded, "try later"), "req_1", out);
  writer.fail(base::fail(base::Errc::internal, ""), "req_1", out);
  writer.keep_alive(out);
  writer.write(chat::Begin{"x", "m", 0}, out);
  writer.write(chat::End{}, out);
  EXPECT_EQ(out, overloaded);

  chat::ProviderError error;
  error.message = "slow down";
  error.status = 429;
  StreamWriter second(chat::AnswerContext{});
  out.clear();
  second.write(chat::Failed{error}, out);
  second.write(chat::End{}, out);
  EXPECT_EQ(out,
            "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"rate_limit_error\","
            "\"message\":\"slow down\"},\"request_id\":null}\n\n");
}

}  // namespace
}  // namespace headgate::llm::anthropic
