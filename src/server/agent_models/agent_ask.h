// A call of a model, in any dialect, whose model is an agent: what the caller said, and the
// conversation that a run begins with. What an agent decides itself (its instructions, tools and
// the form of its answer) a caller cannot bring along; parameters of models are not looked at.
#pragma once

#include <string>
#include <string_view>

#include "base/async/task.h"
#include "base/context.h"
#include "llm/codecs.h"
#include "server/api/endpoint.h"
#include "storage/responses/response_store.h"

namespace headgate::server {

/// Before the name of an agent, where models have theirs.
inline constexpr std::string_view kAgentPrefix = "agent/";

/// Whether the call is for an agent; cheap for those that are not.
bool asks_for_agent(const Endpoint& endpoint, std::string_view body);

/// Views point into the endpoint.
struct AgentAsk {
  llm::chat::Dialect dialect = llm::chat::Dialect::openai_chat;
  llm::chat::Source source;
  llm::chat::Request request;  // as the caller wrote it
  std::string messages;        // with what it goes on from: a JSON array in OpenAI's form

  const llm::Codec& codec() const { return llm::codec(dialect); }
  std::string agent() const { return request.model.substr(kAgentPrefix.size()); }
};

/// Of the Responses API also what the call goes on from. Errors: invalid_request, invalid_json;
/// previous_response_not_found.
base::Task<AgentAsk> read_agent_ask(base::Context& ctx, storage::ResponseStore& store,
                                    const Endpoint& endpoint, std::string_view body,
                                    const llm::chat::Limits& limits);

}  // namespace headgate::server
