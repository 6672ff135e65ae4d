// The smaller bodies of the dialect: what countTokens asks and answers, read and written, and the
// lists of models that a gateway writes itself. Pure; nothing here talks to a provider.
// Views that go in must live for the call, strings that come out are the caller's.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "llm/chat/codec.h"

namespace headgate::llm::gemini {

/// A countTokens request: `contents`, or a whole `generateContentRequest`.
/// Errors: invalid_json, invalid_request (with param).
base::Result<chat::Request> decode_count_request(std::string_view body, const chat::Source& source,
                                                 const chat::Limits& limits);
/// As a generateContentRequest, so that instructions and tools are counted too.
std::string encode_count_request(const chat::Request& request, const chat::Target& target,
                                 chat::Losses& losses);

struct TokenCount {
  std::int64_t total = 0;
  std::int64_t cached = 0;
};
/// Errors: upstream_malformed; upstream_status, when the body is an error.
base::Result<TokenCount> decode_token_count(std::string_view body);
std::string encode_token_count(const TokenCount& count);

struct ModelEntry {
  std::string_view id;  // without "models/"
  std::string_view display_name;
  std::string_view description;
  std::int64_t input_tokens_max = 0;  // 0: not said
  std::int64_t output_tokens_max = 0;
  bool embeds = false;  // instead of generating
};
/// The answer to GET /v1/models.
std::string models_body(std::span<const ModelEntry> models, std::string_view next_page_token = {});
/// The answer to GET /v1/models/{id}.
std::string model_body(const ModelEntry& model);

}  // namespace headgate::llm::gemini
