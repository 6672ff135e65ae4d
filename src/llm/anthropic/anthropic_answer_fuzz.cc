// Any body: an answer only from JSON; written again it reads as the same answer, and from then on
// nothing changes any more. Error bodies and counts never crash.
#include <cstdlib>
#include <string>

#include "llm/anthropic/answer.h"
#include "llm/anthropic/errors.h"

namespace {

namespace anthropic = headgate::llm::anthropic;
namespace chat = headgate::llm::chat;

void require(bool holds) {
  if (!holds) std::abort();
}

chat::Answer again(const chat::Answer& answer) {
  const std::string encoded = anthropic::encode_answer(answer, {});
  require(headgate::base::json::valid(encoded));
  auto decoded = anthropic::decode_answer(encoded);
  require(decoded.has_value());
  return *std::move(decoded);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  const auto error = anthropic::read_error_body(body);
  if (error) require(headgate::base::json::valid(anthropic::error_body(*error, "req")));
  if (const auto count = anthropic::read_count_answer(body)) {
    require(anthropic::read_count_answer(anthropic::count_answer(*count)).value() == *count);
  }
  const auto answer = anthropic::decode_answer(body);
  if (!answer) return 0;
  require(headgate::base::json::valid(body));
  const chat::Answer normal = again(*answer);
  require(again(normal) == normal);
  chat::Answer foreign = *answer;
  foreign.origin = chat::Dialect::openai_chat;
  again(foreign);
  return 0;
}
