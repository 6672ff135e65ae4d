// What goes out comes back: requests, answers and streams of the dialect itself.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "llm/chat/assembler.h"
#include "llm/chat/grammar.h"
#include "llm/responses/answer.h"
#include "llm/responses/request_decode.h"
#include "llm/responses/request_encode.h"
#include "llm/responses/specimen_test.h"
#include "llm/responses/stream_reader.h"
#include "llm/responses/stream_writer.h"

namespace headgate::llm::responses {
namespace {

using chat::Events;

// The events of a stream of "event: …\ndata: …\n\n" blocks.
Events read_all(std::string_view stream) {
  StreamReader reader;
  Events events;
  while (!stream.empty()) {
    const std::size_t end = stream.find("\n\n");
    const std::string_view block = stream.substr(0, end);
    const std::size_t data = block.find("\ndata: ");
    RC_ASSERT(block.starts_with("event: "));
    const auto read = reader.read(block.substr(7, data - 7), block.substr(data + 7), events);
    RC_ASSERT(read.has_value());
    stream.remove_prefix(end + 2);
  }
  RC_ASSERT(reader.finish(events).has_value());
  return events;
}

chat::Answer assembled(const Events& events) {
  chat::Grammar grammar;
  chat::Assembler assembler;
  for (const chat::Event& event : events) {
    RC_ASSERT(grammar.take(event) == "");
    assembler.add(event);
  }
  RC_ASSERT(grammar.ended());
  chat::Answer answer = assembler.take();
  for (chat::Candidate& candidate : answer.candidates) {
    for (chat::Part& part : candidate.parts) {
      auto* call = part.as<chat::ToolCall>();
      if (call && call->signature.empty()) call->signature = {};
      auto* thought = part.as<chat::Reasoning>();
      if (thought && thought->signature.empty()) thought->signature = {};
    }
  }
  return answer;
}

Events exploded(const chat::Answer& answer) {
  Events events;
  chat::explode(answer, [&](const chat::Event& event) { events.push_back(event); });
  return events;
}

RC_GTEST_PROP(responses_round_trip, a_request_comes_back, ()) {
  const chat::Request request = specimen::request();
  chat::Losses losses;
  const std::string body = encode_request(request, {}, losses);
  RC_ASSERT(base::json::valid(body));
  RC_ASSERT(losses.empty());
  const auto again = decode_request(body, {});
  RC_ASSERT(again.has_value());
  RC_LOG() << body;
  RC_ASSERT(*again == request);
}

RC_GTEST_PROP(responses_round_trip, an_answer_comes_back, ()) {
  const chat::Answer answer = specimen::answer();
  const chat::Request request = specimen::request();
  const std::string body = encode_answer(answer, {.request = &request});
  RC_ASSERT(base::json::valid(body));
  const auto again = decode_answer(body);
  RC_ASSERT(again.has_value());
  RC_LOG() << body;
  RC_ASSERT(*again == answer);
}

RC_GTEST_PROP(responses_round_trip, a_stream_says_what_the_answer_says, ()) {
  const chat::Answer answer = specimen::answer();
  const chat::Request request = specimen::request();
  const Events events = exploded(answer);
  StreamWriter writer({.request = &request});
  std::string stream;
  for (const chat::Event& event : events) writer.write(event, stream);
  RC_LOG() << stream;
  RC_ASSERT(assembled(read_all(stream)) == assembled(events));
}

// Pieces of any size give the same stream's answer, and its last event is the answer's own object.
RC_GTEST_PROP(responses_round_trip, the_last_event_is_the_whole_answer, ()) {
  const chat::Answer answer = specimen::answer();
  chat::Request request;
  request.origin = chat::Dialect::openai_responses;
  StreamWriter writer({.request = &request});
  std::string stream;
  for (const chat::Event& event : exploded(answer)) writer.write(event, stream);
  chat::Answer shown = answer;
  shown.extras.clear();
  const std::string whole = encode_answer(shown, {.request = &request});
  RC_LOG() << stream;
  RC_ASSERT(stream.ends_with(whole + "}\n\n"));
}

}  // namespace
}  // namespace headgate::llm::responses
