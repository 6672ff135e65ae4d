// POST /v1/embeddings: the request as strictly as the provider reads it, and its answer with
// vectors as numbers or as base64 of little-endian floats.
// Pure functions.
#pragma once

#include <boost/system/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lab/neutral/prompt.h"
#include "lab/openai/api_error.h"

namespace headgate::lab::openai {

struct EmbeddingInput {
  std::string text;  // token ids as words
  std::int64_t tokens = 0;
};

struct EmbeddingRequest {
  std::string model;
  std::vector<EmbeddingInput> inputs;
  std::size_t dimensions = 0;
  bool base64 = false;
};

using EmbeddingRequestResult = boost::system::result<EmbeddingRequest, ApiError>;

/// Bytes to request. Whether the model exists is the caller's to check.
EmbeddingRequestResult read_embedding_request(std::string_view body);
/// What rules see of it: the inputs as one user message.
Prompt embedding_prompt(const EmbeddingRequest& request);
std::string embedding_body(const EmbeddingRequest& request);

}  // namespace headgate::lab::openai
