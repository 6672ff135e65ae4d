// What a model is asked, and what it answered: a run's conversation as a request in OpenAI's form,
// which the gateway takes to whatever provider has the model, and the answer read back. Pure.
#pragma once

#include <string>
#include <string_view>

#include "agents/definitions/pinned.h"
#include "agents/journal/entry.h"
#include "agents/journal/state.h"
#include "llm/chat/answer.h"

namespace headgate::agents {

/// The body of the request: the agent's prompt, the conversation, its tools and handoffs; with
/// `stream`, asked for piece by piece.
std::string request_body(const RunState& state, const PinnedAgent& agent, const Pinned& pinned,
                         bool stream = false);

/// `step`: that it is the answer of. Errors: upstream_malformed.
base::Result<ModelOutcome> read_outcome(const llm::chat::Answer& answer, std::int64_t step,
                                        const PinnedAgent& agent);

}  // namespace headgate::agents
