// Runs tests/golden/usage/*.usage (the format is in its README.md): from what a provider says to
// the exact price, by every reader that Headgate has for it, whole and streamed.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "base/text/strings.h"
#include "cost/price_book.h"
#include "http/sse.h"
#include "llm/anthropic/answer.h"
#include "llm/anthropic/stream_reader.h"
#include "llm/chat/assembler.h"
#include "llm/gemini/answer.h"
#include "llm/gemini/stream_reader.h"
#include "llm/openai/chat_response.h"
#include "llm/openai/chat_stream.h"
#include "llm/openai_chat/answer.h"
#include "llm/openai_chat/stream_reader.h"
#include "llm/responses/answer.h"
#include "llm/responses/stream_reader.h"

namespace headgate {
namespace {

namespace chat = llm::chat;
using base::Picodollars;
using MaybeUsage = std::optional<base::Usage>;

const std::filesystem::path kFolder = std::filesystem::path(HEADGATE_GOLDEN_DIR) / "usage";

struct Case {
  std::string title;
  std::string provider;
  std::string model;
  std::string date;
  std::string answer;
  std::string candidate;
  std::string stream;
  std::string price;
};

std::vector<Case> load(const std::string& file) {
  std::ifstream in(kFolder / file);
  EXPECT_TRUE(in) << file;
  std::vector<Case> list;
  Case defaults;
  Case* current = &defaults;
  std::string* part = nullptr;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("=== ")) {
      list.push_back(defaults);
      current = &list.back();
      current->title = line.substr(4);
      part = nullptr;
    } else if (line.starts_with("--- ")) {
      part = line == "--- answer"      ? &current->answer
             : line == "--- candidate" ? &current->candidate
             : line == "--- stream"    ? &current->stream
                                       : &current->price;
    } else if (line.starts_with("#") || (line.empty() && part != &current->stream)) {
      continue;
    } else if (part != nullptr) {
      *part += line + "\n";
    } else {
      const std::string value = line.substr(line.find(' ') + 1);
      (line.starts_with("provider ") ? current->provider
       : line.starts_with("model ")  ? current->model
                                     : current->date) = value;
    }
  }
  return list;
}

// "2026-03-31" or "2026-03-31T23:59:59", UTC.
std::int64_t unix_us(const std::string& date) {
  const auto number = [&](std::size_t at, std::size_t size) {
    return date.size() < at + size ? 0 : std::stoi(date.substr(at, size));
  };
  const std::chrono::year_month_day day{std::chrono::year(number(0, 4)),
                                        std::chrono::month(static_cast<unsigned>(number(5, 2))),
                                        std::chrono::day(static_cast<unsigned>(number(8, 2)))};
  const auto time = std::chrono::sys_days(day) + std::chrono::hours(number(11, 2)) +
                    std::chrono::minutes(number(14, 2)) + std::chrono::seconds(number(17, 2));
  return std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count();
}

// "1000 input x $2.50" or "2 searches x $10.00/k", as picodollars.
Picodollars term(std::istringstream& in) {
  std::string count;
  std::string word;
  std::string rate;
  in >> count >> word >> rate >> rate;  // the first is the x
  EXPECT_TRUE(rate.starts_with("$")) << count << " " << word << " " << rate;
  const bool by_thousand = rate.ends_with("/k");
  if (by_thousand) rate.resize(rate.size() - 2);
  const auto dollars = base::parse_dollars(std::string_view(rate).substr(1));
  const std::int64_t lot = by_thousand ? 1'000 : 1'000'000;
  EXPECT_TRUE(dollars && *dollars % lot == 0) << rate;
  return std::stoll(count) * (*dollars / lot);
}

// What the formula in the file says, which must add up. Nothing: unpriced.
std::optional<Picodollars> expected(const Case& golden) {
  std::istringstream in(golden.price);
  Picodollars sum = 0;
  std::string mark;
  while (in >> std::ws && in.peek() != '=') {
    if (in.peek() == '+') in >> mark;
    sum += term(in);
  }
  std::string total;
  in >> mark >> total;
  if (total == "unpriced") return std::nullopt;
  EXPECT_EQ(std::to_string(sum), total) << "the formula does not add up";
  return sum;
}

// Feeds server-sent events.
void each_event(std::string_view bytes,
                const std::function<void(const http::SseBlock& block)>& take) {
  http::SseParser parser;
  parser.feed(bytes);
  http::SseBlock block;
  while (true) {
    const auto more = parser.next(block);
    ASSERT_TRUE(more);
    if (!*more) return;
    if (block.has_data) take(block);
  }
}

template <class Reader>
MaybeUsage read_stream(const std::string& bytes) {
  Reader reader{chat::Limits{}};
  chat::Assembler assembler;
  const auto take = [&](const base::Result<void>& ok, const chat::Events& events) {
    EXPECT_TRUE(ok) << (ok ? "" : ok.error().detail);
    for (const chat::Event& event : events) assembler.add(event);
  };
  each_event(bytes, [&](const http::SseBlock& block) {
    chat::Events events;
    const auto ok = reader.read(block.name, block.data, events);
    take(ok, events);
  });
  chat::Events events;
  const auto ok = reader.finish(events);
  take(ok, events);
  EXPECT_TRUE(assembler.ended());
  return assembler.answer().usage;
}

MaybeUsage read_answer(const base::Result<chat::Answer>& answer) {
  EXPECT_TRUE(answer) << (answer ? "" : answer.error().detail);
  return answer ? answer->usage : std::nullopt;
}

// The two readers of what passes as it came.
MaybeUsage scan_chat_stream(const std::string& bytes) {
  llm::openai::ChatStream stream;
  each_event(bytes, [&](const http::SseBlock& block) { EXPECT_TRUE(stream.on_data(block.data)); });
  EXPECT_TRUE(stream.complete());
  return stream.usage();
}

MaybeUsage scan_chat_answer(const std::string& body) {
  const auto answer = llm::openai::scan_chat_response(body);
  EXPECT_TRUE(answer) << (answer ? "" : answer.error().detail);
  return answer ? answer->usage : std::nullopt;
}

class GoldenUsage : public testing::Test {
 protected:
  using Read = std::function<MaybeUsage(const std::string&)>;

  static void SetUpTestSuite() {
    auto book = cost::PriceBook::load((kFolder / "prices.yaml").string());
    ASSERT_TRUE(book) << book.error().detail;
    prices() = std::move(*book);
  }
  static cost::PriceBook& prices() {
    static cost::PriceBook book;
    return book;
  }

  static std::string text(const std::optional<Picodollars>& price) {
    return price ? std::to_string(*price) : "unpriced";
  }
  static std::string price_of(const Case& golden, const MaybeUsage& usage) {
    if (!usage) return "unpriced";
    return text(prices().price(golden.provider, golden.model, *usage, unix_us(golden.date)));
  }
  static void check(const Case& golden, const std::string& bytes, const std::vector<Read>& reads) {
    for (const Read& read : reads) {
      EXPECT_EQ(price_of(golden, read(bytes)), text(expected(golden))) << bytes;
    }
  }
};

std::string one_line(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

std::string event(const std::string& data) { return "data: " + data + "\n\n"; }

TEST_F(GoldenUsage, OpenaiChat) {
  const std::vector<Read> streams = {scan_chat_stream, read_stream<llm::openai_chat::StreamReader>};
  const std::vector<Read> answers = {
      scan_chat_answer, [](const std::string& body) {
        return read_answer(llm::openai_chat::decode_answer(body, {}));
      }};
  const std::string head = R"({"id":"c-1","created":1,"model":"served",)";
  for (const Case& golden : load("openai_chat.usage")) {
    SCOPED_TRACE(golden.title);
    if (!golden.stream.empty()) check(golden, golden.stream, streams);
    if (golden.answer.empty()) continue;
    const std::string members = one_line(golden.answer);
    const std::string choice = R"("choices":[{"index":0,"finish_reason":"stop",)";
    check(golden,
          head + R"("object":"chat.completion",)" + choice +
              R"("message":{"role":"assistant","content":"Hi"}}],)" + members + "}",
          answers);
    check(golden,
          event(head + choice + R"("delta":{"role":"assistant","content":"Hi"}}]})") +
              event(head + R"("choices":[],)" + members + "}") + event("[DONE]"),
          streams);
  }
}

TEST_F(GoldenUsage, OpenaiResponses) {
  const std::vector<Read> streams = {read_stream<llm::responses::StreamReader>};
  const std::vector<Read> answers = {
      [](const std::string& body) { return read_answer(llm::responses::decode_answer(body)); }};
  for (const Case& golden : load("openai_responses.usage")) {
    SCOPED_TRACE(golden.title);
    if (!golden.stream.empty()) check(golden, golden.stream, streams);
    if (golden.answer.empty()) continue;
    const std::string members = one_line(golden.answer);
    const bool incomplete = members.find("incomplete") != std::string::npos;
    const std::string response =
        R"({"id":"resp_1","object":"response","created_at":1,"model":"served",)"
        R"("output":[{"type":"message","id":"msg_1","status":"completed","role":"assistant",)"
        R"("content":[{"type":"output_text","text":"Hi","annotations":[]}]}],)" +
        std::string(incomplete ? "" : R"("status":"completed",)") + members + "}";
    check(golden, response, answers);
    const std::string type = incomplete ? "response.incomplete" : "response.completed";
    check(
        golden,
        "event: " + type + "\n" +
            event(R"({"type":")" + type + R"(","sequence_number":0,"response":)" + response + "}"),
        streams);
  }
}

TEST_F(GoldenUsage, Anthropic) {
  const std::vector<Read> streams = {read_stream<llm::anthropic::StreamReader>};
  const std::vector<Read> answers = {
      [](const std::string& body) { return read_answer(llm::anthropic::decode_answer(body)); }};
  for (const Case& golden : load("anthropic.usage")) {
    SCOPED_TRACE(golden.title);
    if (!golden.stream.empty()) check(golden, golden.stream, streams);
    if (golden.answer.empty()) continue;
    check(golden,
          R"({"id":"msg_1","type":"message","role":"assistant","model":"served",)"
          R"("content":[{"type":"text","text":"Hi"}],"stop_reason":"end_turn",)"
          R"("stop_sequence":null,)" +
              one_line(golden.answer) + "}",
          answers);
  }
}

TEST_F(GoldenUsage, Gemini) {
  const std::vector<Read> streams = {read_stream<llm::gemini::StreamReader>};
  const std::vector<Read> answers = {
      [](const std::string& body) { return read_answer(llm::gemini::decode_answer(body, {})); }};
  for (const Case& golden : load("gemini.usage")) {
    SCOPED_TRACE(golden.title);
    if (!golden.stream.empty()) check(golden, golden.stream, streams);
    if (golden.answer.empty()) continue;
    const std::string body =
        R"({"candidates":[{"content":{"role":"model","parts":[{"text":"Hi"}]},)"
        R"("finishReason":"STOP","index":0)" +
        std::string(golden.candidate.empty() ? "" : ",") + one_line(golden.candidate) +
        R"(}],"modelVersion":"served","responseId":"r-1",)" + one_line(golden.answer) + "}";
    check(golden, body, answers);
    check(golden, event(body), streams);
  }
}

// The issue asks for sixty at least.
TEST_F(GoldenUsage, ThereAreEnough) {
  std::size_t count = 0;
  for (const char* file :
       {"openai_chat.usage", "openai_responses.usage", "anthropic.usage", "gemini.usage"}) {
    count += load(file).size();
  }
  EXPECT_GE(count, 100u);
}

}  // namespace
}  // namespace headgate
