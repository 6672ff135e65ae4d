// What this dialect can express survives it: requests and answers encoded and decoded again,
// answers streamed and read again.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "llm/anthropic/answer.h"
#include "llm/anthropic/blocks.h"
#include "llm/anthropic/request_decode.h"
#include "llm/anthropic/request_encode.h"
#include "llm/anthropic/specimen_test.h"
#include "llm/anthropic/stream_reader.h"
#include "llm/anthropic/stream_writer.h"
#include "llm/chat/assembler.h"
#include "llm/chat/grammar.h"

namespace headgate::llm::anthropic {
namespace {

// Hands the events that a writer wrote to a reader; every event of both obeys the grammar.
class Wire {
 public:
  void operator()(const chat::Event& event) { writer_.write(event, bytes_); }

  chat::Answer read() {
    std::string_view rest = bytes_;
    while (!rest.empty()) {
      const std::size_t end = rest.find("\n\n");
      RC_ASSERT(end != std::string_view::npos);
      frame(rest.substr(0, end));
      rest.remove_prefix(end + 2);
    }
    chat::Events events;
    RC_ASSERT(reader_.finish(events).has_value());
    RC_ASSERT(grammar_.ended());
    return assembler_.take();
  }
  const std::string& bytes() const { return bytes_; }

 private:
  void frame(std::string_view text) {
    const std::size_t line = text.find('\n');
    RC_ASSERT(text.starts_with("event: ") && text.substr(line).starts_with("\ndata: "));
    chat::Events events;
    const auto read = reader_.read(text.substr(7, line - 7), text.substr(line + 7), events);
    RC_ASSERT(read.has_value());
    for (const chat::Event& event : events) {
      RC_ASSERT(grammar_.take(event) == "");
      assembler_.add(event);
    }
  }

  StreamWriter writer_{chat::AnswerContext{}};
  StreamReader reader_;
  chat::Grammar grammar_;
  chat::Assembler assembler_;
  std::string bytes_;
};

// Unknown members of a request have no order among each other.
chat::Request sorted(chat::Request request) {
  std::sort(request.extras.begin(), request.extras.end(),
            [](const chat::Extra& a, const chat::Extra& b) { return a.name < b.name; });
  return request;
}

void check_request(bool is_2026) {
  const std::string_view version = is_2026 ? kVersion2026 : "2023-06-01";
  const chat::Request request = RequestMaker(is_2026).make();
  chat::Losses losses;
  const std::string body =
      encode_request(request, {.model = request.model, .api_version = version}, losses);
  RC_LOG() << body;
  for (const chat::Loss& loss : losses) RC_LOG() << "\n" << loss.field << ": " << loss.why;
  const auto read = decode_request(body, {.api_version = version});
  if (!read) RC_LOG() << "\n" << read.error().detail;
  RC_ASSERT(read.has_value());
  RC_ASSERT(losses.empty());
  chat::Losses again;
  RC_ASSERT(encode_request(*read, {.model = read->model, .api_version = version}, again) == body);
  RC_ASSERT(sorted(*read) == sorted(request));
}

RC_GTEST_PROP(anthropic_property, requests_survive, ()) { check_request(false); }
RC_GTEST_PROP(anthropic_property, requests_of_2026_survive, ()) { check_request(true); }

RC_GTEST_PROP(anthropic_property, answers_survive, ()) {
  const chat::Answer answer = any_answer();
  const std::string body = encode_answer(answer, {});
  RC_LOG() << body;
  const auto read = decode_answer(body);
  RC_ASSERT(read.has_value());
  RC_ASSERT(*read == answer);
}

RC_GTEST_PROP(anthropic_property, streams_survive, ()) {
  const chat::Answer answer = any_answer();
  Wire wire;
  chat::explode(answer, [&](const chat::Event& event) { wire(event); });
  RC_LOG() << wire.bytes();
  chat::Answer read = wire.read();
  read.origin = chat::Dialect::anthropic;
  RC_ASSERT(read == answer);
}

}  // namespace
}  // namespace headgate::llm::anthropic
