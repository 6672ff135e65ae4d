// OpenAI's moderations, which only pass: what policy reads of a request and an answer, and the edit
// of the model. They cost nothing and have no usage. Pure; views point into the body.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "llm/chat/codec.h"

namespace headgate::llm::openai {

/// `model` may be empty: the provider has a default. `prompt` is the input as written, and
/// `messages_count` how many. Errors: invalid_json, invalid_request (with param).
base::Result<chat::Head> scan_moderation_request(std::string_view body,
                                                 const chat::Limits& limits = {});

/// The body with the model replaced, or put in where there was none; nothing when it says so
/// already. REQUIRES: `head` was scanned from this very `body`.
std::optional<std::string> edit_moderation_request(std::string_view body, const chat::Head& head,
                                                   std::string_view model);

struct ModerationFacts {
  std::string id;
  std::string model;
  std::size_t results = 0;
  std::size_t flagged = 0;                   // how many of them
  std::optional<chat::ProviderError> error;  // a 200 can carry one
};

/// Errors: upstream_malformed.
base::Result<ModerationFacts> scan_moderation_answer(std::string_view body,
                                                     std::size_t depth_max = 128);

}  // namespace headgate::llm::openai
