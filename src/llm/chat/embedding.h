// Embedding requests and answers in no provider's dialect. Decoders of a dialect fill them, its
// encoders write them; what else a request said travels in `extras`. Vectors are float32, as
// every provider computes them. Plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/usage.h"
#include "llm/chat/part.h"

namespace headgate::llm::chat {

/// One thing to embed: a text, or the tokens of one.
using EmbeddingInput = std::variant<std::string, std::vector<std::int64_t>>;

struct EmbeddingRequest {
  Dialect origin = Dialect::openai_chat;
  std::string model;
  std::vector<EmbeddingInput> inputs;  // never empty once decoded
  std::optional<std::int64_t> dimensions;
  bool want_base64 = false;  // OpenAI: vectors as base64 of little-endian float32
  std::string user;          // end user's id
  Extras extras;
  friend bool operator==(const EmbeddingRequest&, const EmbeddingRequest&) = default;
};

struct EmbeddingAnswer {
  std::string model;                        // that really answered; may be empty
  std::vector<std::vector<float>> vectors;  // one an input, in their order
  std::optional<base::Usage> usage;         // nothing: the provider did not say
  friend bool operator==(const EmbeddingAnswer&, const EmbeddingAnswer&) = default;
};

}  // namespace headgate::llm::chat
