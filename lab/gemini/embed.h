// embedContent and batchEmbedContents: the requests as strictly as the provider reads them, and the
// answers. Pure; values own their text.
#pragma once

#include <boost/system/result.hpp>

#include <string>
#include <string_view>
#include <vector>

#include "lab/gemini/api_error.h"
#include "lab/neutral/prompt.h"

namespace headgate::lab::gemini {

struct Embedding {
  std::string text;
  std::size_t dimensions = 0;
};

struct EmbedRequest {
  bool batch = false;
  std::vector<Embedding> inputs;  // one, unless it is a batch
};

using EmbedRequestResult = boost::system::result<EmbedRequest, ApiError>;

/// `model` is the path's: those in a batch must be the same.
EmbedRequestResult read_embed_request(std::string_view body, std::string_view model);
EmbedRequestResult read_batch_embed_request(std::string_view body, std::string_view model);

/// What rules see of it.
Prompt embed_prompt(const EmbedRequest& request, std::string_view model);
std::string embed_body(const EmbedRequest& request, std::int64_t tokens);

}  // namespace headgate::lab::gemini
