// Which API a request is for: three vendors share /v1, so the path decides first and headers where
// paths collide (GET /v1/models). /openai, /anthropic and /gemini in front of a path settle it.
// Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "gateway/ask.h"
#include "http/message.h"
#include "llm/chat/codec.h"

namespace headgate::server {

enum class EndpointKind : std::uint8_t {
  unknown,
  model_call,        // gateway::Operation says which
  models,            // the list
  model,             // one of them
  stored_response,   // GET, DELETE /v1/responses/{id}
  response_inputs,   // GET /v1/responses/{id}/input_items
  queued_call,       // GET /v1/degraded/{id}
  knowledge_search,  // POST /v1/knowledge/{name}/search
  otlp_traces,       // POST /v1/traces
  mcp,               // POST, GET and DELETE: which of them, it says itself
  mcp_metadata,      // of /mcp as a protected resource (RFC 9728)
  healthz,
  readyz,
  metrics,
};

struct Endpoint {
  EndpointKind kind = EndpointKind::unknown;
  llm::chat::Dialect dialect = llm::chat::Dialect::openai_chat;  // also of its errors
  gateway::Operation operation = gateway::Operation::chat;
  std::string name;  // of the model (models, Gemini's calls), the response, the queued call or the
                     // knowledge base
  bool stream = false;      // Gemini: the verb says so
  bool as_array = false;    // Gemini: a stream without alt=sse is a JSON array
  std::string api_version;  // of Anthropic's header, or "v1", "v1beta" of Gemini's path
  std::string_view allow;   // methods that would do
};

Endpoint endpoint_of(const http::RequestHead& request);
/// What of the call is not in its body; views point into the endpoint.
llm::chat::Source source_of(const Endpoint& endpoint);

/// The path without names and ids in it, for metrics; always the same literal.
std::string_view route_of(const Endpoint& endpoint);

}  // namespace headgate::server
