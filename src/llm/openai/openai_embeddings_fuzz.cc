// Any body, as a request and as an answer of embeddings, and as one of moderations: the scan and
// the decoding agree, and what was decoded reads back as it was.
#include <cstdlib>
#include <string>

#include "base/json/cursor.h"
#include "llm/openai/embeddings.h"
#include "llm/openai/moderations.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace openai = headgate::llm::openai;
  namespace chat = headgate::llm::chat;
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  const auto head = openai::scan_embedding_request(body);
  const auto request = openai::decode_embedding_request(body, {});
  if (head.has_value() != request.has_value()) std::abort();
  if (request) {
    if (head->inputs != request->inputs.size()) std::abort();
    chat::Losses losses;
    const auto again = openai::decode_embedding_request(
        openai::encode_embedding_request(*request, {}, losses), {});
    if (!again || !(*again == *request)) std::abort();
  }
  const auto answer = openai::decode_embedding_answer(body, {});
  if (answer) {
    for (const bool base64 : {false, true}) {
      chat::EmbeddingRequest asked;
      asked.want_base64 = base64;
      const auto again =
          openai::decode_embedding_answer(openai::encode_embedding_answer(*answer, asked), {});
      if (!again || again->vectors != answer->vectors) std::abort();
    }
  }
  const auto moderation = openai::scan_moderation_request(body);
  if (moderation) {
    const auto edited = openai::edit_moderation_request(body, *moderation, "m\"");
    if (edited && openai::scan_moderation_request(*edited)->model != "m\"") std::abort();
  }
  const bool read = openai::scan_moderation_answer(body).has_value();
  if ((read || moderation || answer) && !headgate::base::json::valid(body)) std::abort();
  return 0;
}
