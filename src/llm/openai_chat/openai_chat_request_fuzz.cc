// Any body: what decodes is written as JSON that decodes, and from then on nothing changes; as a
// request of another dialect it is still JSON that decodes.
#include <cstdlib>
#include <string>

#include "base/json/cursor.h"
#include "llm/openai_chat/request_decode.h"
#include "llm/openai_chat/request_encode.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace chat = headgate::llm::chat;
  using headgate::llm::openai_chat::decode_request;
  using headgate::llm::openai_chat::encode_request;
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  auto request = decode_request(body, {}, {});
  if (!request) return 0;
  if (!headgate::base::json::valid(body)) std::abort();
  const chat::Target same{.usage_in_stream = false};
  const chat::Limits deeper{.depth_max = 140};  // the old words stand less deep than the new ones
  chat::Losses losses;
  const std::string written = encode_request(*request, same, losses);
  if (!headgate::base::json::valid(written, 140)) std::abort();
  const auto again = decode_request(written, {}, deeper);
  if (!again || encode_request(*again, same, losses) != written) std::abort();
  const auto third = decode_request(written, {}, deeper);
  if (!third || !(*third == *again)) std::abort();
  for (const auto origin :
       {chat::Dialect::openai_responses, chat::Dialect::anthropic, chat::Dialect::gemini}) {
    request->origin = origin;
    const chat::Target other{.model = "m", .old_words = origin == chat::Dialect::gemini};
    if (!decode_request(encode_request(*request, other, losses), {}, deeper)) std::abort();
  }
  return 0;
}
