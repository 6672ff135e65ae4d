#include "server/api/endpoint.h"

#include <optional>
#include <utility>

#include "base/text/strings.h"
#include "server/api/query.h"

namespace headgate::server {
namespace {

using gateway::Operation;
using llm::chat::Dialect;

constexpr std::string_view kRead = "GET, HEAD";

// Takes `prefix` off `path` when it is a whole number of segments.
bool take(std::string_view& path, std::string_view prefix) {
  if (!path.starts_with(prefix)) return false;
  if (path.size() > prefix.size() && path[prefix.size()] != '/') return false;
  path.remove_prefix(prefix.size());
  return true;
}

std::optional<Dialect> vendor_of(const http::Headers& headers) {
  if (headers.has("anthropic-version")) return Dialect::anthropic;
  if (headers.has("x-goog-api-key") || headers.has("x-goog-api-client")) return Dialect::gemini;
  return std::nullopt;
}

Endpoint call(Dialect dialect, Operation operation) {
  Endpoint out;
  out.kind = EndpointKind::model_call;
  out.dialect = dialect;
  out.operation = operation;
  out.allow = "POST";
  return out;
}

Endpoint read(EndpointKind kind, Dialect dialect, std::string name = {}) {
  Endpoint out;
  out.kind = kind;
  out.dialect = dialect;
  out.name = std::move(name);
  out.allow = kRead;
  return out;
}

Endpoint post(EndpointKind kind) {
  Endpoint out;
  out.kind = kind;
  out.allow = "POST";
  return out;
}

// "NAME:generateContent" behind /models/.
std::optional<Endpoint> gemini_call(std::string_view rest, std::string_view query) {
  const auto colon = rest.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const std::string_view verb = rest.substr(colon + 1);
  Endpoint out = call(Dialect::gemini, Operation::chat);
  out.name = base::percent_decode(rest.substr(0, colon));
  if (verb == "generateContent") return out;
  if (verb == "streamGenerateContent") {
    out.stream = true;
    out.as_array = query_value(query, "alt") != "sse";
    return out;
  }
  if (verb == "countTokens") {
    out.operation = Operation::count_tokens;
    return out;
  }
  if (verb == "embedContent" || verb == "batchEmbedContents") {
    out.operation = Operation::embeddings;
    out.as_array = verb == "batchEmbedContents";
    return out;
  }
  return std::nullopt;
}

Endpoint models(std::string_view rest, Dialect dialect) {
  if (rest.empty() || rest == "/") return read(EndpointKind::models, dialect);
  return read(EndpointKind::model, dialect, base::percent_decode(rest.substr(1)));
}

// Behind /v1/knowledge.
std::optional<Endpoint> knowledge(std::string_view rest) {
  constexpr std::string_view kSearch = "/search";
  if (!rest.ends_with(kSearch) || rest.size() <= kSearch.size() + 1) return std::nullopt;
  Endpoint out = post(EndpointKind::knowledge_search);
  out.name = base::percent_decode(rest.substr(1, rest.size() - kSearch.size() - 1));
  return out;
}

// Behind /v1/responses.
std::optional<Endpoint> responses(std::string_view rest) {
  constexpr Dialect kDialect = Dialect::openai_responses;
  if (rest.empty()) return call(kDialect, Operation::chat);
  if (rest == "/input_tokens") return call(kDialect, Operation::count_tokens);
  rest.remove_prefix(1);
  const auto slash = rest.find('/');
  const std::string id = base::percent_decode(rest.substr(0, slash));
  if (slash == std::string_view::npos) {
    Endpoint out = read(EndpointKind::stored_response, kDialect, id);
    out.allow = "GET, DELETE";
    return out;
  }
  if (rest.substr(slash) != "/input_items") return std::nullopt;
  return read(EndpointKind::response_inputs, kDialect, id);
}

std::optional<Endpoint> api(std::string_view path, std::string_view query,
                            std::optional<Dialect> vendor) {
  if (path == "/chat/completions") return call(Dialect::openai_chat, Operation::chat);
  if (path == "/embeddings") return call(Dialect::openai_chat, Operation::embeddings);
  if (path == "/moderations") return call(Dialect::openai_chat, Operation::moderations);
  if (path == "/messages") return call(Dialect::anthropic, Operation::chat);
  if (path == "/messages/count_tokens") return call(Dialect::anthropic, Operation::count_tokens);
  if (path == "/traces") return post(EndpointKind::otlp_traces);
  if (take(path, "/responses")) return responses(path);
  if (take(path, "/knowledge")) return knowledge(path);
  if (take(path, "/degraded") && path.size() > 1) {
    return read(EndpointKind::queued_call, vendor.value_or(Dialect::openai_chat),
                base::percent_decode(path.substr(1)));
  }
  if (!take(path, "/models")) return std::nullopt;
  if (!path.empty()) {
    if (auto found = gemini_call(path.substr(1), query)) return found;
  }
  return models(path, vendor.value_or(Dialect::openai_chat));
}

Endpoint probe(EndpointKind kind) { return read(kind, Dialect::openai_chat); }

}  // namespace

Endpoint endpoint_of(const http::RequestHead& request) {
  std::string_view path = request.path;
  if (path == "/healthz") return probe(EndpointKind::healthz);
  if (path == "/readyz") return probe(EndpointKind::readyz);
  if (path == "/metrics") return probe(EndpointKind::metrics);
  if (path == "/mcp") return probe(EndpointKind::mcp);
  if (path == "/.well-known/oauth-protected-resource/mcp") {
    return probe(EndpointKind::mcp_metadata);
  }
  std::optional<Dialect> vendor = vendor_of(request.headers);
  if (take(path, "/openai")) vendor = Dialect::openai_chat;
  if (take(path, "/anthropic")) vendor = Dialect::anthropic;
  if (take(path, "/gemini")) vendor = Dialect::gemini;
  std::string version = "v1";
  if (take(path, "/v1beta")) {
    version = "v1beta";
    vendor = Dialect::gemini;
  } else if (!take(path, "/v1")) {
    Endpoint out;
    out.dialect = vendor.value_or(Dialect::openai_chat);
    return out;
  }
  Endpoint out = api(path, request.query, vendor).value_or(Endpoint{});
  if (out.kind == EndpointKind::unknown) out.dialect = vendor.value_or(Dialect::openai_chat);
  out.api_version = out.dialect == Dialect::anthropic
                        ? std::string(request.headers.get("anthropic-version"))
                        : version;
  return out;
}

namespace {

std::string_view call_route(const Endpoint& endpoint) {
  const bool chat = endpoint.operation == Operation::chat;
  const bool counts = endpoint.operation == Operation::count_tokens;
  switch (endpoint.dialect) {
    case Dialect::anthropic: return counts ? "/v1/messages/count_tokens" : "/v1/messages";
    case Dialect::openai_responses: return counts ? "/v1/responses/input_tokens" : "/v1/responses";
    case Dialect::gemini:
      if (counts) return "/v1beta/models/{model}:countTokens";
      if (!chat) return "/v1beta/models/{model}:embedContent";
      return endpoint.stream ? "/v1beta/models/{model}:streamGenerateContent"
                             : "/v1beta/models/{model}:generateContent";
    default: break;
  }
  if (chat) return "/v1/chat/completions";
  return endpoint.operation == Operation::embeddings ? "/v1/embeddings" : "/v1/moderations";
}

}  // namespace

llm::chat::Source source_of(const Endpoint& endpoint) {
  return {endpoint.name, endpoint.stream, endpoint.as_array, endpoint.api_version};
}

std::string_view route_of(const Endpoint& endpoint) {
  switch (endpoint.kind) {
    case EndpointKind::model_call: return call_route(endpoint);
    case EndpointKind::models: return "/v1/models";
    case EndpointKind::model: return "/v1/models/{model}";
    case EndpointKind::stored_response: return "/v1/responses/{id}";
    case EndpointKind::response_inputs: return "/v1/responses/{id}/input_items";
    case EndpointKind::mcp: return "/mcp";
    case EndpointKind::mcp_metadata: return "/.well-known/oauth-protected-resource/mcp";
    case EndpointKind::queued_call: return "/v1/degraded/{id}";
    case EndpointKind::knowledge_search: return "/v1/knowledge/{name}/search";
    case EndpointKind::otlp_traces: return "/v1/traces";
    case EndpointKind::healthz: return "/healthz";
    case EndpointKind::readyz: return "/readyz";
    case EndpointKind::metrics: return "/metrics";
    case EndpointKind::unknown: break;
  }
  return "unknown";
}

}  // namespace headgate::server
