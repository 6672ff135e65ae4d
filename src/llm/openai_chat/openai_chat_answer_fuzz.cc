// Any body: what decodes is written as JSON that decodes, and from then on nothing changes; the
// answer explodes into a stream.
#include <cstdlib>
#include <string>

#include "base/json/cursor.h"
#include "llm/chat/assembler.h"
#include "llm/chat/grammar.h"
#include "llm/openai_chat/answer.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace chat = headgate::llm::chat;
  using headgate::llm::openai_chat::decode_answer;
  using headgate::llm::openai_chat::encode_answer;
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  auto answer = decode_answer(body, {});
  if (!answer) return 0;
  if (!headgate::base::json::valid(body)) std::abort();
  const std::string written = encode_answer(*answer, {});
  if (!headgate::base::json::valid(written, 140)) std::abort();
  const auto again = decode_answer(written, {.depth_max = 140});
  if (!again || encode_answer(*again, {}) != written) std::abort();
  chat::Grammar grammar;
  chat::explode(*answer, [&](const chat::Event& event) {
    if (!grammar.take(event).empty()) std::abort();
  });
  answer->origin = chat::Dialect::gemini;
  if (!headgate::base::json::valid(encode_answer(*answer, {}), 140)) std::abort();
  return 0;
}
