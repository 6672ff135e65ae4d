// Any body: an answer that decodes is written as JSON that decodes to the same answer, for the
// caller and for the store; its events obey the grammar.
#include <cstdlib>
#include <string>

#include "llm/chat/assembler.h"
#include "llm/chat/grammar.h"
#include "llm/responses/answer.h"
#include "llm/responses/errors.h"
#include "llm/responses/stream_writer.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace chat = headgate::llm::chat;
  namespace responses = headgate::llm::responses;
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  responses::read_error_body(body);
  const auto answer = responses::decode_answer(body);
  if (!answer) return 0;
  chat::Request request;
  const chat::AnswerContext context{.request = &request};
  const std::string plain = responses::encode_answer(*answer, context);
  const std::string stored = responses::encode_stored_answer(*answer, context);
  for (const std::string& written : {plain, stored}) {
    if (!headgate::base::json::valid(written, 1024)) std::abort();
  }
  const auto again = responses::decode_answer(stored, {.depth_max = 256});
  if (!again) std::abort();
  if (responses::encode_stored_answer(*again, context) != stored) std::abort();
  chat::Grammar grammar;
  responses::StreamWriter writer(context);
  std::string stream;
  chat::explode(*answer, [&](const chat::Event& event) {
    if (!grammar.take(event).empty()) std::abort();
    writer.write(event, stream);
  });
  return 0;
}
