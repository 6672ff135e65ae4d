#include "server/agent_models/agent_ask.h"

#include <algorithm>
#include <utility>

#include "agents/mcp/object_view.h"
#include "gateway/responses/stored_entries.h"
#include "llm/responses/stored.h"

namespace headgate::server {

namespace chat = llm::chat;
using agents::mcp::ObjectView;
using base::Errc;
using base::Error;
using base::fail;
using base::Result;
using base::Task;
using chat::Dialect;

namespace {

// Slashes are few in most bodies. Some clients escape them.
bool may_name_agent(std::string_view body) {
  constexpr std::string_view kBefore = "\"agent";
  for (std::size_t at = body.find('/'); at != std::string_view::npos; at = body.find('/', at + 1)) {
    std::string_view before = body.substr(0, at);
    if (before.ends_with('\\')) before.remove_suffix(1);
    if (before.ends_with(kBefore)) return true;
  }
  return false;
}

std::string conversation_of(Dialect dialect) {
  switch (dialect) {
    case Dialect::openai_responses: return "input";
    case Dialect::gemini: return "contents";
    default: return "messages";
  }
}

bool is_of_tools(const chat::Part& part) {
  return part.as<chat::ToolCall>() != nullptr || part.as<chat::ToolResult>() != nullptr;
}

// Nothing of what an agent is may come from outside.
Result<void> check_message(const chat::Message& message, Dialect dialect) {
  const std::string where = conversation_of(dialect);
  const bool of_person = message.role == chat::Role::user || message.role == chat::Role::assistant;
  if (!of_person && message.role != chat::Role::tool) {
    return fail(Errc::invalid_request,
                "An agent has its own instructions: only messages of user and assistant can be "
                "sent to it.",
                where);
  }
  if (!of_person || std::any_of(message.parts.begin(), message.parts.end(), is_of_tools)) {
    return fail(Errc::invalid_request,
                "An agent calls its own tools: calls and their results cannot be sent to it.",
                where);
  }
  if (message.parts.empty()) {
    return fail(Errc::invalid_request, "A message without a content.", where);
  }
  return {};
}

Result<void> check(const chat::Request& request) {
  if (!request.tools.empty()) {
    return fail(Errc::invalid_request, "An agent has its own tools: none can be sent to it.",
                "tools");
  }
  if (request.format && request.format->kind != chat::FormatKind::text) {
    return fail(Errc::invalid_request,
                "The form of an agent's answer is its `output_schema`: none can be sent to it.");
  }
  if (request.candidates > 1) return fail(Errc::invalid_request, "An agent has one answer.", "n");
  return {};
}

// In the one form that runs have.
Result<std::string> messages_of(const chat::Request& request) {
  for (const chat::Message& message : request.messages) {
    if (auto fine = check_message(message, request.origin); !fine) return fine.error();
  }
  if (request.messages.empty()) {
    return fail(Errc::invalid_request, "At least one message.", conversation_of(request.origin));
  }
  chat::Request said;
  said.origin = request.origin;
  said.messages = request.messages;
  chat::Losses losses;
  const std::string body =
      llm::codec(Dialect::openai_chat).encode_request(said, {.model = request.model}, losses);
  const auto lost = std::find_if(losses.begin(), losses.end(), [](const chat::Loss& loss) {
    return loss.weight == chat::Loss::Weight::meaning;
  });
  if (lost != losses.end()) {
    return fail(Errc::invalid_request, "An agent cannot be sent this: " + lost->why, lost->field);
  }
  return std::string(ObjectView(body).raw("messages"));
}

/// `request` with everything before it.
Task<chat::Request> continued(base::Context& ctx, storage::ResponseStore& store,
                              const chat::Request& request, const chat::Limits& limits) {
  auto chain = co_await gateway::read_chain(ctx, store, request.previous_response_id);
  if (!chain) co_return chain.error();
  if (chain->empty()) co_return gateway::no_previous_response(request.previous_response_id);
  const std::vector<std::string_view> entries(chain->begin(), chain->end());
  co_return llm::responses::continued(request, entries, limits);
}

}  // namespace

bool asks_for_agent(const Endpoint& endpoint, std::string_view body) {
  if (endpoint.operation != gateway::Operation::chat) return false;
  if (endpoint.dialect == Dialect::gemini) return endpoint.name.starts_with(kAgentPrefix);
  if (!may_name_agent(body)) return false;
  ObjectView view(body);
  return view.string("model").value_or("").starts_with(kAgentPrefix);
}

Task<AgentAsk> read_agent_ask(base::Context& ctx, storage::ResponseStore& store,
                              const Endpoint& endpoint, std::string_view body,
                              const chat::Limits& limits) {
  AgentAsk out;
  out.dialect = endpoint.dialect;
  out.source = source_of(endpoint);
  auto request = out.codec().decode_request(body, out.source, limits);
  if (!request) co_return request.error();
  if (auto fine = check(*request); !fine) co_return fine.error();
  out.request = std::move(*request);
  Result<chat::Request> whole = out.request;
  if (!out.request.previous_response_id.empty()) {
    whole = co_await continued(ctx, store, out.request, limits);
  }
  if (!whole) co_return whole.error();
  auto messages = messages_of(*whole);
  if (!messages) co_return messages.error();
  out.messages = std::move(*messages);
  co_return out;
}

}  // namespace headgate::server
