#include "llm/openai_chat/stream_writer.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace headgate::llm::openai_chat {
namespace {

using base::Errc;
using chat::Delta;
using chat::Dialect;
using chat::Part;
using chat::StopReason;

std::vector<std::string> data_of(std::string_view stream) {
  std::vector<std::string> list;
  for (std::size_t at = 0; (at = stream.find("data: ", at)) != std::string_view::npos;) {
    const std::size_t end = stream.find("\n\n", at);
    list.emplace_back(stream.substr(at + 6, end - at - 6));
    at = end;
  }
  return list;
}

std::string written(const chat::Events& events, const chat::AnswerContext& context = {}) {
  StreamWriter writer(context);
  std::string out;
  for (const chat::Event& event : events) writer.write(event, out);
  return out;
}

TEST(openai_chat_writer, the_order_that_sdks_know) {
  chat::Request request;
  request.model = "fast";
  request.usage_in_stream = true;
  Part call{chat::ToolCall{"c1", "f", "", false, {Dialect::gemini, ""}}, {}, {}};
  const std::string stream = written(
      {chat::Begin{"msg_1", "", 0}, chat::PartBegin{0, 0, Part{chat::Reasoning{}, {}, {}}},
       Delta{0, 0, Delta::Kind::text, "hm"}, Delta{0, 0, Delta::Kind::signature, "secret"},
       chat::PartEnd{0, 0}, chat::PartBegin{0, 1, chat::text_part("")},
       Delta{0, 1, Delta::Kind::text, "Hi\n"}, chat::PartEnd{0, 1}, chat::PartBegin{0, 2, call},
       Delta{0, 2, Delta::Kind::signature, "sig"}, Delta{0, 2, Delta::Kind::arguments, "{\"x\""},
       Delta{0, 2, Delta::Kind::arguments, ":1}"}, chat::PartEnd{0, 2},
       chat::UsageSeen{{.input = 3, .output = 2}},
       chat::Stop{0, StopReason::tool_calls, "tool_use", ""}, chat::End{}},
      {.request = &request, .created_s = 7});
  const std::string head = R"(data: {"id":"chatcmpl-msg_1","object":"chat.completion.chunk",)"
                           R"("created":7,"model":"fast","choices":[)";
  const auto line = [&](const std::string& delta, const std::string& reason = "null") {
    return head + R"({"index":0,"delta":)" + delta + R"(,"logprobs":null,"finish_reason":)" +
           reason + "}],\"usage\":null}\n\n";
  };
  EXPECT_EQ(stream, line(R"({"role":"assistant","content":"","refusal":null})") +
                        line(R"({"reasoning_content":"hm"})") + line(R"({"content":"Hi\n"})") +
                        line(R"({"tool_calls":[{"index":0,"id":"c1","type":"function","function":)"
                             R"({"name":"f","arguments":""},"extra_content":{"google":)"
                             R"({"thought_signature":"sig"}}}]})") +
                        line(R"({"tool_calls":[{"index":0,"function":{"arguments":"{\"x\""}}]})") +
                        line(R"({"tool_calls":[{"index":0,"function":{"arguments":":1}"}}]})") +
                        line("{}", "\"tool_calls\"") + head +
                        R"(],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5,)"
                        R"("prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0},)"
                        R"("completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0,)"
                        R"("accepted_prediction_tokens":0,"rejected_prediction_tokens":0}}})"
                        "\n\ndata: [DONE]\n\n");
}

TEST(openai_chat_writer, no_content_where_tools_are_called_from_the_start) {
  const std::string stream =
      written({chat::Begin{"x", "m", 1},
               chat::PartBegin{0, 0, Part{chat::ToolCall{"c", "f", "", true, {}}, {}, {}}},
               Delta{0, 0, Delta::Kind::arguments, "text"}, chat::PartEnd{0, 0},
               chat::Stop{0, StopReason::tool_calls, "", ""}, chat::End{}});
  const auto lines = data_of(stream);
  ASSERT_EQ(lines.size(), 5U);
  EXPECT_NE(lines[0].find(R"("content":null)"), std::string::npos);
  EXPECT_NE(lines[1].find(R"("type":"custom","custom":{"name":"f","input":""})"),
            std::string::npos);
  EXPECT_NE(lines[2].find(R"({"index":0,"custom":{"input":"text"}})"), std::string::npos);
  EXPECT_EQ(lines[3].find("usage"), std::string::npos);
  EXPECT_EQ(lines[4], "[DONE]");
}

TEST(openai_chat_writer, pictures_go_whole_and_citations_in_its_own_form) {
  chat::Media image;
  image.mime = "image/png";
  const std::string stream = written(
      {chat::Begin{"x", "m", 1}, chat::PartBegin{0, 0, Part{image, {}, {}}},
       Delta{0, 0, Delta::Kind::data, "QUJD"}, Delta{0, 0, Delta::Kind::data, "REVG"},
       chat::PartEnd{0, 0}, chat::PartBegin{0, 1, chat::text_part("")},
       Delta{0, 1, Delta::Kind::annotations, R"([{"type":"url_citation","url":"u"}])"},
       Delta{0, 1, Delta::Kind::annotations, R"([{"type":"char_location"}])"}, chat::PartEnd{0, 1},
       chat::Stop{0, StopReason::pause, "pause_turn", ""}, chat::End{}});
  const auto lines = data_of(stream);
  ASSERT_EQ(lines.size(), 5U);
  EXPECT_NE(lines[1].find(R"("url":"data:image/png;base64,QUJDREVG")"), std::string::npos);
  EXPECT_NE(lines[2].find(R"([{"type":"url_citation","url_citation":{"url":"u"}}])"),
            std::string::npos);
  EXPECT_NE(lines[3].find(R"("finish_reason":"length")"), std::string::npos);
}

TEST(openai_chat_writer, nothing_follows_an_error) {
  for (const bool ours : {false, true}) {
    StreamWriter writer({});
    std::string out;
    writer.write(chat::Begin{"x", "m", 1}, out);
    if (ours) {
      writer.fail(base::fail(Errc::timeout_idle, "slow"), "req", out);
    } else {
      writer.write(chat::Failed{{.message = "busy", .type = "overloaded_error"}}, out);
    }
    const std::string before = out;
    EXPECT_EQ(out.substr(0, 15), R"(data: {"error":)");
    EXPECT_NE(out.find(ours ? "slow" : "busy"), std::string::npos);
    writer.write(chat::Stop{0, StopReason::stop, "", ""}, out);
    writer.write(chat::End{}, out);
    writer.fail(base::fail(Errc::internal, "again"), "req", out);
    writer.keep_alive(out);
    EXPECT_EQ(out, before);
  }
}

TEST(openai_chat_writer, keep_alive_is_a_comment) {
  StreamWriter writer({});
  std::string out;
  writer.keep_alive(out);
  EXPECT_EQ(out, ": keep-alive\n\n");
}

}  // namespace
}  // namespace headgate::llm::openai_chat
