// From a scripted answer to the completion a model would have returned for this request: templates
// filled, stop sequences, token limit, n, tools and structured output honoured, usage counted.
// Pure: everything drawn comes from `random`.
#pragma once

#include <cstdint>

#include "base/random.h"
#include "lab/openai/chat_request.h"
#include "lab/openai/completion.h"
#include "lab/script/conversation.h"
#include "lab/script/script.h"

namespace headgate::lab {

struct ComposeInput {
  const ChatRequest& request;
  const Conversation& conversation;
  const Answer* answer;        // null: the default answer
  std::int64_t cached_tokens;  // by the prompt cache
  std::int64_t created;        // Unix seconds
};

Completion compose(const ComposeInput& input, base::Random& random, base::Random& ids);

/// `count` characters of [A-Za-z0-9].
std::string random_text(base::Random& random, std::size_t count);

}  // namespace headgate::lab
