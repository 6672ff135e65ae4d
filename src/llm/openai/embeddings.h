// OpenAI's embeddings: the scan of a request and an answer that pass as they came, and both between
// this form and the neutral one of llm/chat/embedding.h. A request that passes is edited with
// edit_chat_request(), which knows of nothing but the model here. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "llm/chat/codec.h"
#include "llm/chat/embedding.h"

namespace headgate::llm::openai {

struct EmbeddingHead {
  chat::Head head;  // model, user, prompt (the input as written), end
  std::size_t inputs = 0;
  bool want_base64 = false;
  std::optional<std::int64_t> dimensions;
};

/// Errors: invalid_json, invalid_request (with param).
base::Result<EmbeddingHead> scan_embedding_request(std::string_view body,
                                                   const chat::Limits& limits = {});

struct EmbeddingFacts {
  std::string model;
  std::size_t vectors = 0;
  std::optional<base::Usage> usage;
  std::optional<chat::ProviderError> error;  // a 200 can carry one
};

/// Errors: upstream_malformed.
base::Result<EmbeddingFacts> scan_embedding_answer(std::string_view body,
                                                   std::size_t depth_max = 128);

base::Result<chat::EmbeddingRequest> decode_embedding_request(std::string_view body,
                                                              const chat::Limits& limits);
std::string encode_embedding_request(const chat::EmbeddingRequest& request,
                                     const chat::Target& target, chat::Losses& losses);

/// Errors: upstream_malformed; upstream_status for an error inside a 200.
base::Result<chat::EmbeddingAnswer> decode_embedding_answer(std::string_view body,
                                                            const chat::Limits& limits);
/// Base64 or numbers, as the request wanted.
std::string encode_embedding_answer(const chat::EmbeddingAnswer& answer,
                                    const chat::EmbeddingRequest& request);

}  // namespace headgate::llm::openai
