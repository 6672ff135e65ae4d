// The reader and the writer of streams: each for itself, and one behind the other.
#include "llm/openai_chat/stream_reader.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <vector>

#include "base/text/strings.h"
#include "llm/chat/assembler.h"
#include "llm/chat/grammar.h"
#include "llm/chat/specimen_test.h"
#include "llm/openai/chat_stream.h"
#include "llm/openai_chat/stream_writer.h"

namespace headgate::llm::openai_chat {
namespace {

using base::Errc;
using chat::Answer;
using chat::Candidate;
using chat::Delta;
using chat::Dialect;
using chat::Part;
using chat::StopReason;

std::string chunk(const std::string& delta, const std::string& rest = "") {
  return R"({"id":"chatcmpl-1","model":"m","created":7,"choices":[{"index":0,"delta":)" + delta +
         rest + "}]}";
}

std::string finish(const std::string& reason) {
  return chunk("{}", ",\"finish_reason\":\"" + reason + "\"");
}

// What a stream of chunks is read as.
struct Heard {
  chat::Events events;
  Answer answer;
  base::Result<void> ended;
};

Heard heard(const std::vector<std::string>& chunks, const chat::Limits& limits = {}) {
  StreamReader reader(limits);
  Heard heard;
  for (const std::string& data : chunks) {
    heard.ended = reader.read("", data, heard.events);
    if (!heard.ended) break;
  }
  if (heard.ended) heard.ended = reader.finish(heard.events);
  chat::Grammar grammar;
  chat::Assembler assembler;
  for (const chat::Event& event : heard.events) {
    EXPECT_EQ(grammar.take(event), "");
    assembler.add(event);
  }
  heard.answer = assembler.take();
  return heard;
}

const chat::ToolCall& call_of(const Heard& heard, std::size_t part) {
  return *heard.answer.candidates.at(0).parts.at(part).as<chat::ToolCall>();
}

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

chat::Events exploded(const Answer& answer) {
  chat::Events events;
  chat::explode(answer, [&](const chat::Event& event) { events.push_back(event); });
  return events;
}

// What a client can know of an answer: texts and thoughts joined, calls with their arguments.
std::string gist(const Answer& answer, std::string_view between_thoughts) {
  std::string out;
  for (const Candidate& candidate : answer.candidates) {
    std::string thoughts;
    std::string text;
    std::string refusal;
    std::string calls;
    for (const Part& part : candidate.parts) {
      if (const auto* piece = part.as<chat::Text>()) text += piece->text;
      if (const auto* piece = part.as<chat::Refusal>()) refusal += piece->text;
      if (const auto* reasoning = part.as<chat::Reasoning>();
          reasoning && !reasoning->text.empty()) {
        if (!thoughts.empty()) thoughts += between_thoughts;
        thoughts += reasoning->text;
      }
      if (const auto* call = part.as<chat::ToolCall>()) {
        calls += call->id + call->name + (call->custom ? "custom" : "") + call->arguments +
                 call->signature.value + ";";
      }
    }
    out +=
        "[" + thoughts + "|" + text + "|" + refusal + "|" + calls + "|" + candidate.logprobs + "]";
  }
  return out;
}

RC_GTEST_PROP(openai_chat_stream, what_is_written_reads_back, ()) {
  chat::AnswerTraits traits;
  traits.opaque = false;
  const Answer answer = *chat::any_answer(traits);
  chat::Request request;
  request.usage_in_stream = true;
  const std::string stream = written(exploded(answer), {.request = &request, .id = "chatcmpl-x"});
  RC_LOG() << stream;
  const Heard again = heard(data_of(stream));
  RC_ASSERT(again.ended.has_value());
  RC_ASSERT(gist(again.answer, "") == gist(answer, "\n\n"));  // the writer has put it in
  RC_ASSERT(again.answer.usage == answer.usage);
  RC_ASSERT(again.answer.id == "chatcmpl-x");
}

// The scanner of the pass-through path sees the same answer.
RC_GTEST_PROP(openai_chat_stream, is_whole_for_the_scanner_too, ()) {
  chat::AnswerTraits traits;
  traits.origin = Dialect::anthropic;
  const Answer answer = *chat::any_answer(traits);
  openai::ChatStream scanner;
  for (const std::string& data : data_of(written(exploded(answer)))) {
    RC_ASSERT(scanner.on_data(data).has_value());
  }
  RC_ASSERT(scanner.complete());
  RC_ASSERT(!scanner.usage());  // nobody asked
}

// However the fragments of calls are mixed and their identity said, the calls come out the same.
RC_GTEST_PROP(openai_chat_stream, interleaved_calls_are_put_in_order, ()) {
  const auto calls = *rc::gen::inRange<std::size_t>(1, 4);
  std::vector<std::string> rest;
  for (std::size_t i = 0; i < calls; ++i) rest.push_back(*chat::any_json_object());
  const std::vector<std::string> arguments = rest;
  std::vector<std::string> chunks;
  std::vector<bool> begun(calls);
  // Those that have more to say; calls begin in the order of their indexes.
  const auto speakers = [&] {
    std::vector<std::size_t> list;
    for (std::size_t i = 0; i < calls; ++i) {
      if (!rest[i].empty() && (i == 0 || begun[i - 1])) list.push_back(i);
    }
    return list;
  };
  for (auto list = speakers(); !list.empty(); list = speakers()) {
    const std::size_t i = list[*rc::gen::inRange<std::size_t>(0, list.size())];
    const auto size = *rc::gen::inRange<std::size_t>(1, rest[i].size() + 1);
    const std::string number = std::to_string(i);
    std::string fragment = "{\"index\":" + number;
    if (!begun[i]) fragment += ",\"id\":\"c" + number + "\"";
    fragment += ",\"function\":{";
    if (!begun[i]) fragment += "\"name\":\"f" + number + "\",";
    fragment += "\"arguments\":" + base::json_string(rest[i].substr(0, size)) + "}}";
    chunks.push_back(chunk("{\"tool_calls\":[" + fragment + "]}"));
    rest[i].erase(0, size);
    begun[i] = true;
  }
  chunks.push_back(finish("tool_calls"));
  const Heard again = heard(chunks);
  RC_ASSERT(again.ended.has_value());
  RC_ASSERT(again.answer.candidates.at(0).parts.size() == calls);
  for (std::size_t i = 0; i < calls; ++i) {
    RC_ASSERT(call_of(again, i).id == "c" + std::to_string(i));
    RC_ASSERT(call_of(again, i).arguments == arguments[i]);
  }
}

TEST(openai_chat_reader, a_whole_answer) {
  const Heard h = heard({chunk(R"({"role":"assistant","content":"","refusal":null})"),
                         chunk(R"({"reasoning_content":"hm"})"), chunk(R"({"content":"Hel"})"),
                         chunk(R"({"content":"lo"})", R"(,"logprobs":{"content":[{"t":1}],)"
                                                      R"("refusal":null},"finish_reason":null)"),
                         finish("stop"),
                         R"({"choices":[],"service_tier":"priority",
                             "usage":{"prompt_tokens":3,"completion_tokens":2}})",
                         "[DONE]"});
  ASSERT_TRUE(h.ended);
  const Candidate& candidate = h.answer.candidates.at(0);
  ASSERT_EQ(candidate.parts.size(), 2U);
  EXPECT_EQ(candidate.parts[0].as<chat::Reasoning>()->text, "hm");
  EXPECT_EQ(candidate.parts[1].as<chat::Text>()->text, "Hello");
  EXPECT_EQ(candidate.logprobs, R"([{"t":1}])");
  EXPECT_EQ(candidate.stop, StopReason::stop);
  EXPECT_EQ(h.answer.created_s, 7);
  EXPECT_EQ(h.answer.usage,
            (base::Usage{.input = 3, .output = 2, .tier = base::ServiceTier::priority}));
}

// Each as the one call f({"x":1}) and what else is there.
TEST(openai_chat_reader, calls_as_servers_send_them) {
  const std::string open = R"({"index":0,"id":"a","function":{"name":"f","arguments":""}})";
  const auto calls = [](const std::string& list) {
    return chunk("{\"tool_calls\":[" + list + "]}");
  };
  const auto more = [&](const std::string& text, const std::string& who = "\"index\":0,") {
    return calls("{" + who + "\"function\":{\"arguments\":" + base::json_string(text) + "}}");
  };
  const std::string whole = R"("function":{"name":"f","arguments":"{\"x\":1}"}})";
  const std::string object = R"("function":{"name":"f","arguments":{"x":1}}})";
  for (const std::vector<std::string>& chunks : std::vector<std::vector<std::string>>{
           {calls(open), more("{\"x\""), more(":1}")},
           {calls(open), more("{\"x\"", ""), more(":1}", "")},
           {calls(open), more("{\"x\"", R"("id":"a",)"), more(":1}", R"("index":0,"id":"a",)")},
           {calls("{" + whole)},
           {calls("{" + object)},
           {calls("{\"index\":0,\"id\":null," + whole)},
           {calls(R"({"index":0,"id":"a"})"), more("{\"x\""),
            calls(R"({"index":0,"function":{"name":"f"}})"), more(":1}")},
           {chunk(R"({"function_call":{"name":"f","arguments":"{\"x\""}})"),
            chunk(R"({"function_call":{"arguments":":1}"}})")}}) {
    std::vector<std::string> stream = chunks;
    stream.push_back(finish("stop"));
    const Heard h = heard(stream);
    ASSERT_TRUE(h.ended) << chunks[0] << h.ended.error().detail;
    EXPECT_EQ(h.answer.candidates.at(0).parts.size(), 1U) << chunks[0];
    EXPECT_EQ(call_of(h, 0).name, "f");
    EXPECT_EQ(call_of(h, 0).arguments, "{\"x\":1}") << chunks[0];
    EXPECT_FALSE(call_of(h, 0).id.empty());
    EXPECT_EQ(h.answer.candidates[0].stop, StopReason::tool_calls);
  }
}

TEST(openai_chat_reader, two_calls_as_servers_send_them) {
  const auto calls = [](const std::string& list) {
    return chunk("{\"tool_calls\":[" + list + "]}");
  };
  const std::string f = R"("function":{"name":"f","arguments":"{}"}})";
  const std::string g = R"("function":{"name":"g","arguments":"{}"}})";
  const std::string bare_g = R"("function":{"name":"g","arguments":""}})";
  for (const std::vector<std::string>& chunks : std::vector<std::vector<std::string>>{
           {calls("{\"index\":0,\"id\":\"a\"," + f), calls("{\"index\":1,\"id\":\"b\"," + g)},
           {calls("{\"index\":0,\"id\":\"a\"," + f), calls("{\"index\":0,\"id\":\"b\"," + g)},
           {calls("{\"index\":0,\"id\":\"\"," + f), calls("{\"index\":0,\"id\":\"\"," + g)},
           {calls("{" + f + ",{" + g)},
           {calls("{" + f), calls("{" + bare_g)},
           {calls("{\"id\":\"a\"," + f), calls("{\"id\":\"b\"," + g)}}) {
    std::vector<std::string> stream = chunks;
    stream.push_back(finish("tool_calls"));
    const Heard h = heard(stream);
    ASSERT_TRUE(h.ended) << chunks[0];
    ASSERT_EQ(h.answer.candidates.at(0).parts.size(), 2U) << chunks[0];
    EXPECT_EQ(call_of(h, 0).name, "f");
    EXPECT_EQ(call_of(h, 1).name, "g");
    EXPECT_NE(call_of(h, 0).id, call_of(h, 1).id);
  }
}

TEST(openai_chat_reader, a_signature_comes_where_its_call_begins) {
  const Heard h =
      heard({chunk(R"({"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{}"},
                 "extra_content":{"google":{"thought_signature":"sig"}}}]})"),
             finish("tool_calls"), "[DONE]"});
  EXPECT_EQ(call_of(h, 0).signature, (chat::Signature{Dialect::gemini, "sig"}));
  EXPECT_EQ(std::get<Delta>(h.events[2]).kind, Delta::Kind::signature);
}

TEST(openai_chat_reader, text_between_calls_waits_for_a_call_that_is_not_whole) {
  const Heard h =
      heard({chunk(R"({"content":"a","tool_calls":[{"index":0,"id":"a","function":{"name":"f",)"
                   R"("arguments":"{"}}]})"),
             chunk(R"({"content":"b"})"), chunk(R"({"content":"c"})"),
             chunk(R"({"tool_calls":[{"index":0,"function":{"arguments":"}"}}]})"),
             chunk(R"({"content":"d"})"), finish("stop"), "[DONE]"});
  const auto& parts = h.answer.candidates.at(0).parts;
  ASSERT_EQ(parts.size(), 3U);
  EXPECT_EQ(parts[1].as<chat::ToolCall>()->arguments, "{}");
  EXPECT_EQ(parts[2].as<chat::Text>()->text, "bcd");
}

TEST(openai_chat_reader, blanks_for_a_call_that_has_ended_are_nothing) {
  const Heard h = heard(
      {chunk(R"({"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}]})"),
       chunk(R"({"content":"x"})"),
       chunk(R"({"tool_calls":[{"index":0,"function":{"arguments":" \n"}}]})"), finish("stop")});
  ASSERT_TRUE(h.ended);
  EXPECT_EQ(call_of(h, 0).arguments, "{}");
}

TEST(openai_chat_reader, what_other_servers_do_beside_the_documents) {
  const std::string text = chunk(R"({"content":"x"})");
  const std::string azure =
      R"({"id":"","object":"","model":"","choices":[],"prompt_filter_results":[{}]})";
  const std::string usage = R"({"prompt_tokens":3,"completion_tokens":1})";
  for (const std::vector<std::string>& chunks : std::vector<std::vector<std::string>>{
           {azure, text, finish("stop"), "[DONE]"},
           {text, finish("stop")},                  // no [DONE]
           {text, finish("stop"), finish("stop")},  // twice
           {finish("stop"), text},                  // late content
           {chunk(R"({"content":"x"})", R"(,"finish_reason":"stop")")},
           {R"({"id":"chatcmpl-1","choices":[{"delta":{"content":"x"},"finish_reason":"stop"}]})"},
           {text, R"({"id":"chatcmpl-1","choices":[{"index":0,"finish_reason":"stop"}]})"},
           {text, R"({"choices":null})", R"({})", chunk("null"), finish("stop")},
           {R"({"choices":[{"delta":{"content":"x"}}],"model":"m","id":"chatcmpl-1"})",
            finish("stop")},
           {chunk(R"({"content":[{"type":"text","text":"x"}]})"), finish("stop")},
           {chunk(R"({"content":"x"})", R"(,"content_filter_results":{}})" +
                                            std::string(R"(],"usage":)") + usage +
                                            R"(,"x":[{"a":1)"),
            finish("stop")}}) {
    const Heard h = heard(chunks);
    ASSERT_TRUE(h.ended) << chunks[0] << h.ended.error().detail;
    EXPECT_EQ(h.answer.id, "chatcmpl-1") << chunks[0];
    ASSERT_EQ(h.answer.candidates.size(), 1U);
    ASSERT_EQ(h.answer.candidates[0].parts.size(), 1U) << chunks[0];
    EXPECT_EQ(h.answer.candidates[0].parts[0].as<chat::Text>()->text, "x");
  }
  const Heard moonshot = heard({text, chunk("{}", R"(,"finish_reason":"stop","usage":)" + usage)});
  EXPECT_EQ(moonshot.answer.usage, (base::Usage{.input = 3, .output = 1}));
  const Heard vllm =
      heard({text, chunk("{}", R"(,"finish_reason":"stop","stop_reason":"END")"), "[DONE]"});
  EXPECT_EQ(vllm.answer.candidates[0].stop, StopReason::stop_sequence);
  EXPECT_EQ(vllm.answer.candidates[0].stop_sequence, "END");
}

TEST(openai_chat_reader, choices_take_turns) {
  const auto of = [](int index, const std::string& rest) {
    return "{\"choices\":[{\"index\":" + std::to_string(index) + "," + rest + "}]}";
  };
  const Heard h = heard({of(1, R"("delta":{"content":"b"})"), of(0, R"("delta":{"content":"a"})"),
                         of(1, R"("delta":{},"finish_reason":"length")"),
                         of(0, R"("delta":{},"finish_reason":"stop")"), "[DONE]"});
  ASSERT_TRUE(h.ended);
  EXPECT_EQ(h.answer.candidates[0].parts[0].as<chat::Text>()->text, "a");
  EXPECT_EQ(h.answer.candidates[1].stop, StopReason::length);
}

TEST(openai_chat_reader, sound_pictures_and_citations) {
  const Heard h = heard(
      {chunk(R"({"audio":{"id":"au","data":"QUJD"}})"), chunk(R"({"audio":{"data":"REVG"}})"),
       chunk(
           R"({"images":[{"type":"image_url","image_url":{"url":"data:image/png;base64,QUJD"}}]})"),
       chunk(R"({"content":"x"})"), chunk(R"({"annotations":[{"type":"url_citation"}]})"),
       finish("stop"), "[DONE]"});
  const auto& parts = h.answer.candidates.at(0).parts;
  ASSERT_EQ(parts.size(), 3U);
  EXPECT_EQ(parts[0].as<chat::Media>()->data, "QUJDREVG");
  EXPECT_EQ(parts[0].as<chat::Media>()->file_id, "au");
  EXPECT_EQ(parts[1].as<chat::Media>()->mime, "image/png");
  EXPECT_EQ(parts[2].as<chat::Text>()->annotations, R"([{"type":"url_citation"}])");
}

TEST(openai_chat_reader, errors_of_the_provider_end_the_stream) {
  struct Case {
    std::string name;
    std::string data;
    int status;
  };
  for (const Case& c : std::vector<Case>{
           {"", R"({"error":{"message":"busy","type":"server_error","code":null}})", 500},
           {"", R"({"error":{"message":"busy","code":429}})", 429},
           {"", R"({"error":"busy"})", 0},
           {"", R"({"object":"error","message":"busy","type":"overloaded_error"})", 503},
           {"error", R"({"message":"busy"})", 0}}) {
    StreamReader reader({});
    chat::Events events;
    ASSERT_TRUE(reader.read("", chunk(R"({"content":"x"})"), events));
    ASSERT_TRUE(reader.read(c.name, c.data, events));
    ASSERT_TRUE(reader.read("", "[DONE]", events));
    ASSERT_TRUE(reader.finish(events));
    const auto* failed = std::get_if<chat::Failed>(&events.back());
    ASSERT_NE(failed, nullptr) << c.data;
    EXPECT_EQ(failed->error.message, "busy");
    EXPECT_EQ(failed->error.status, c.status) << c.data;
  }
}

TEST(openai_chat_reader, what_is_cut_short_is_an_error) {
  const std::string text = chunk(R"({"content":"x"})");
  for (const std::vector<std::string>& chunks : std::vector<std::vector<std::string>>{
           {},
           {text},
           {"[DONE]"},
           {text, "[DONE]"},
           {text, finish("stop"), R"({"choices":[{"index":1,"delta":{"content":"y"}}]})"}}) {
    const Heard h = heard(chunks);
    ASSERT_TRUE(h.ended.has_error());
    EXPECT_EQ(h.ended.error().code, Errc::upstream_truncated);
  }
}

TEST(openai_chat_reader, what_makes_no_sense_is_an_error) {
  const std::string begun =
      chunk(R"({"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}]})");
  for (const std::vector<std::string>& chunks : std::vector<std::vector<std::string>>{
           {"{"},
           {"[]"},
           {R"({"choices":{}})"},
           {R"({"choices":[1]})"},
           {R"({"choices":[{"index":-1}]})"},
           {R"({"choices":[{"index":128}]})"},
           {chunk("{}"), finish("stop"), "[DONE]", "{}"},
           {chunk(R"({"content":[{"text":"x"}]})")},
           {chunk(R"({"tool_calls":[{"index":0,"id":"a"}]})"), finish("tool_calls")},
           {begun, chunk(R"({"content":"x"})"),
            chunk(R"({"tool_calls":[{"index":0,"function":{"arguments":"x"}}]})")}}) {
    const Heard h = heard(chunks);
    ASSERT_TRUE(h.ended.has_error()) << chunks[0];
    EXPECT_EQ(h.ended.error().code, Errc::upstream_malformed) << chunks[0];
  }
}

TEST(openai_chat_reader, what_it_holds_back_is_bounded) {
  const Heard h = heard(
      {chunk(R"({"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{"}}]})"),
       chunk("{\"content\":\"" + std::string(5'000, 'x') + "\"}"), finish("stop")},
      {.held_bytes_max = 4'000});
  ASSERT_TRUE(h.ended.has_error());
  EXPECT_EQ(h.ended.error().code, Errc::upstream_too_large);
}

}  // namespace
}  // namespace headgate::llm::openai_chat
