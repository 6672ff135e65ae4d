// Timed actions for a completion: pacing by the script's delays, and what a fault does to them.
// Pure.
#pragma once

#include "base/random.h"
#include "lab/openai/chat_request.h"
#include "lab/openai/completion.h"
#include "lab/plan.h"
#include "lab/script/script.h"

namespace headgate::lab {

struct ChatPlanInput {
  const Completion& completion;
  const ChatRequest& request;
  const Delay& delay;
  const Fault* fault;  // null: none
  HeaderList headers;  // without content-type
  bool obfuscation;
};

Plan plan_chat(const ChatPlanInput& input, base::Random& random);

/// The plan of a fault that needs no completion; empty when `fault` needs one.
Plan plan_bare_fault(const Fault& fault, const Delay& delay, HeaderList headers,
                     base::Random& random);

}  // namespace headgate::lab
