// embedContent and batchEmbedContents, both ways. A batch is one neutral request with an input for
// each of its requests; what they say beside their content (taskType, title) travels in extras, as
// "taskType" where all agree and as "requests[2].taskType" where one does not. Pure.
#pragma once

#include <string>
#include <string_view>

#include "llm/chat/codec.h"
#include "llm/chat/embedding.h"

namespace headgate::llm::gemini {

enum class EmbeddingForm : std::uint8_t { single, batch };  // :embedContent, :batchEmbedContents

/// Errors: invalid_json, invalid_request (with param): also for content that is not text, and for
/// requests of one batch that want different dimensions or models.
base::Result<chat::EmbeddingRequest> decode_embedding_request(std::string_view body,
                                                              EmbeddingForm form,
                                                              const chat::Source& source,
                                                              const chat::Limits& limits);
/// Always a batch. Inputs that are tokens become empty texts, which is a loss.
std::string encode_embedding_request(const chat::EmbeddingRequest& request,
                                     const chat::Target& target, chat::Losses& losses);

/// Errors: upstream_malformed; upstream_status, when the body is an error.
base::Result<chat::EmbeddingAnswer> decode_embedding_answer(std::string_view body,
                                                            const chat::Limits& limits);
std::string encode_embedding_answer(const chat::EmbeddingAnswer& answer, EmbeddingForm form);

}  // namespace headgate::llm::gemini
