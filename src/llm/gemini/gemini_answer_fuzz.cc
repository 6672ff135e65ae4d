// Any body: no crash, an answer only from JSON; what is encoded of it is JSON and decodes to the
// same answer. Counts, embeddings and errors are read by the same rules.
#include <cstdlib>

#include "llm/gemini/answer.h"
#include "llm/gemini/bodies.h"
#include "llm/gemini/embedding.h"
#include "llm/gemini/errors.h"

namespace {

namespace gemini = headgate::llm::gemini;
namespace chat = headgate::llm::chat;
using gemini::EmbeddingForm;

const chat::Limits kLimits{.depth_max = 64, .parts_max = 64};
const chat::Limits kWide{};

void require(bool holds) {
  if (!holds) std::abort();
}

void read_others(std::string_view body) {
  const auto error = gemini::read_error_body(body);
  if (error) require(gemini::read_error_body(gemini::error_body(*error)).has_value());
  const auto count = gemini::decode_token_count(body);
  if (count) {
    require(gemini::decode_token_count(gemini::encode_token_count(*count))->total == count->total);
  }
  const auto vectors = gemini::decode_embedding_answer(body, kLimits);
  if (vectors) {
    const auto again = gemini::decode_embedding_answer(
        gemini::encode_embedding_answer(*vectors, EmbeddingForm::batch), kWide);
    require(again.has_value() && again->vectors == vectors->vectors);
  }
  for (const auto form : {EmbeddingForm::single, EmbeddingForm::batch}) {
    const auto request = gemini::decode_embedding_request(body, form, {.model = "m"}, kLimits);
    if (!request) continue;
    chat::Losses losses;
    const std::string written = gemini::encode_embedding_request(*request, {.model = "m"}, losses);
    const auto again =
        gemini::decode_embedding_request(written, EmbeddingForm::batch, {.model = "m"}, kWide);
    require(again.has_value() && again->inputs == request->inputs);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  read_others(body);
  const auto answer = gemini::decode_answer(body, kLimits);
  if (!answer) return 0;
  require(headgate::base::json::valid(body));
  const std::string once = gemini::encode_answer(*answer, {});
  const auto again = gemini::decode_answer(once, kWide);
  require(again.has_value());
  const std::string twice = gemini::encode_answer(*again, {});
  const auto third = gemini::decode_answer(twice, kWide);
  require(third.has_value() && *third == *again);
  chat::Answer foreign = *answer;
  foreign.origin = chat::Dialect::anthropic;
  require(gemini::decode_answer(gemini::encode_answer(foreign, {}), kWide).has_value());
  return 0;
}
