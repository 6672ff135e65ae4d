// From a scripted answer to the completion a model would have returned for this request: templates
// filled, stop sequences, token limit, n, tools and structured output honoured, usage counted.
// Pure: everything drawn comes from `random`.
#pragma once

#include <cstdint>

#include "base/random.h"
#include "lab/neutral/completion.h"
#include "lab/neutral/prompt.h"
#include "lab/neutral/prompt_cache.h"
#include "lab/script/conversation.h"
#include "lab/script/script.h"

namespace headgate::lab {

struct ComposeInput {
  const Prompt& request;
  const Conversation& conversation;
  const Answer* answer;  // null: the default answer
  PromptCache::Use cache;
  std::int64_t created;  // Unix seconds
};

Completion compose(const ComposeInput& input, base::Random& random, base::Random& ids);

}  // namespace headgate::lab
