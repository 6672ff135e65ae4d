// What was encoded decodes to what it was, on everything that the dialect can say.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "llm/chat/assembler.h"
#include "llm/chat/grammar.h"
#include "llm/gemini/answer.h"
#include "llm/gemini/gemini_specimen_test.h"
#include "llm/gemini/request_decode.h"
#include "llm/gemini/request_encode.h"
#include "llm/gemini/stream_reader.h"
#include "llm/gemini/stream_writer.h"
#include "llm/gemini_wire/array_stream.h"

namespace headgate::llm::gemini {
namespace {

// What tells a value from another where == only says that they differ.
std::string told(const chat::Losses& losses) {
  std::string out;
  for (const auto& loss : losses) out += loss.field + ": " + loss.why + "\n";
  return out;
}

RC_GTEST_PROP(gemini_property, a_request_survives, ()) {
  const chat::Request request = *any_request();
  chat::Losses losses;
  const std::string body = encode_request(request, {.model = request.model}, losses);
  RC_LOG() << body << "\n" << told(losses);
  RC_ASSERT(losses.empty());
  const auto again = decode_request(body, {.model = request.model, .stream = request.stream}, {});
  RC_ASSERT(again.has_value());
  RC_ASSERT(again->messages == request.messages);
  RC_ASSERT(again->tools == request.tools);
  RC_ASSERT(again->extras == request.extras);
  RC_ASSERT(*again == request);
}

RC_GTEST_PROP(gemini_property, an_answer_survives, ()) {
  const chat::Answer answer = *any_gemini_answer(true);
  const std::string body = encode_answer(answer, {});
  RC_LOG() << body << "\n";
  const auto again = decode_answer(body, {});
  RC_ASSERT(again.has_value());
  for (std::size_t i = 0; i < answer.candidates.size(); ++i) {
    RC_ASSERT(again->candidates.at(i).parts == answer.candidates[i].parts);
    RC_ASSERT(again->candidates.at(i) == answer.candidates[i]);
  }
  RC_ASSERT(*again == answer);
}

// Reads what the writer made of `answer`, under the grammar.
chat::Answer streamed(const chat::Answer& answer, Framing framing) {
  StreamWriter writer({}, framing);
  std::string bytes;
  chat::explode(answer, [&](const chat::Event& event) {
    writer.keep_alive(bytes);
    writer.write(event, bytes);
  });
  RC_LOG() << bytes << "\n";
  StreamReader reader;
  chat::Events events;
  if (framing == Framing::array) {
    ArraySplitter splitter;
    splitter.feed(bytes);
    std::string_view object;
    for (auto more = splitter.next(object); more && *more; more = splitter.next(object)) {
      RC_ASSERT(reader.read({}, object, events).has_value());
    }
    RC_ASSERT(splitter.done());
  } else {
    std::string_view rest = bytes;
    while (!rest.empty()) {
      const std::size_t end = rest.find("\n\n");
      RC_ASSERT(end != std::string_view::npos);
      const std::string_view block = rest.substr(0, end);
      rest.remove_prefix(end + 2);
      if (block.empty()) continue;
      RC_ASSERT(block.starts_with("data: "));
      RC_ASSERT(reader.read({}, block.substr(6), events).has_value());
    }
  }
  RC_ASSERT(reader.finish(events).has_value());
  chat::Grammar grammar;
  chat::Assembler assembler;
  for (const chat::Event& event : events) {
    RC_ASSERT(grammar.take(event) == "");
    assembler.add(event);
  }
  RC_ASSERT(grammar.ended());
  return assembler.take();
}

RC_GTEST_PROP(gemini_property, a_streamed_answer_survives, ()) {
  const chat::Answer answer = *any_gemini_answer(false);
  chat::Answer again = streamed(answer, coin() ? Framing::sse : Framing::array);
  again.origin = answer.origin;  // events have no word for it
  for (std::size_t i = 0; i < answer.candidates.size(); ++i) {
    RC_ASSERT(again.candidates.at(i).parts == answer.candidates[i].parts);
    RC_ASSERT(again.candidates.at(i) == answer.candidates[i]);
  }
  RC_ASSERT(again == answer);
}

// Answers of any dialect: whatever is lost, what comes out is a stream of this one.
RC_GTEST_PROP(gemini_property, every_answer_becomes_a_stream, ()) {
  chat::AnswerTraits traits;
  traits.call_signature = *rc::gen::element(chat::Dialect::gemini, chat::Dialect::anthropic);
  const chat::Answer answer = *chat::any_answer(traits);
  const chat::Answer again = streamed(answer, Framing::sse);
  RC_ASSERT(again.candidates.size() == answer.candidates.size());
  for (const chat::Candidate& candidate : again.candidates) {
    for (const chat::Part& part : candidate.parts) {
      const auto* call = part.as<chat::ToolCall>();
      if (call) RC_ASSERT(is_json_object(call->arguments));
      RC_ASSERT(!part.as<chat::Opaque>());
      const auto* thought = part.as<chat::Reasoning>();
      if (thought) RC_ASSERT(thought->signature.empty());
    }
  }
  RC_ASSERT(decode_answer(encode_answer(answer, {}), {}).has_value());
}

}  // namespace
}  // namespace headgate::llm::gemini
