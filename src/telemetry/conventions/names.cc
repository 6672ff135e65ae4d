#include "telemetry/conventions/names.h"

#include <array>

namespace headgate::telemetry {
namespace {

struct Name {
  std::string_view ours;
  std::string_view theirs;
};

constexpr std::array kProviders{Name{"gemini", "gcp.gemini"},
                                Name{"vertex", "gcp.vertex_ai"},
                                Name{"google", "gcp.gen_ai"},
                                Name{"azure", "azure.ai.openai"},
                                Name{"bedrock", "aws.bedrock"},
                                Name{"mistral", "mistral_ai"},
                                Name{"xai", "x_ai"},
                                Name{"watsonx", "ibm.watsonx.ai"},
                                Name{"moonshot", "moonshot_ai"}};

constexpr std::array<std::string_view, 6> kRoles{"unspecified", "internal", "server",
                                                 "client",      "producer", "consumer"};

}  // namespace

std::string_view convention_provider(std::string_view provider) {
  for (const Name& each : kProviders) {
    if (each.ours == provider) return each.theirs;
  }
  return provider;
}

std::string_view our_provider(std::string_view provider) {
  for (const Name& each : kProviders) {
    if (each.theirs == provider) return each.ours;
  }
  return provider.substr(0, provider.find('.'));
}

std::string_view role_name(otlp::SpanRole role) { return kRoles[static_cast<std::size_t>(role)]; }

std::optional<otlp::SpanRole> role_named(std::string_view name) {
  for (std::size_t i = 0; i < kRoles.size(); ++i) {
    if (kRoles[i] == name) return static_cast<otlp::SpanRole>(i);
  }
  return std::nullopt;
}

otlp::SpanRole role_of(SpanKind kind) {
  switch (kind) {
    case SpanKind::request: return otlp::SpanRole::server;
    case SpanKind::attempt:
    case SpanKind::llm:
    case SpanKind::retrieval: return otlp::SpanRole::client;
    default: return otlp::SpanRole::internal;
  }
}

std::string_view langfuse_type(SpanKind kind) {
  switch (kind) {
    case SpanKind::attempt:
    case SpanKind::llm: return "generation";
    case SpanKind::tool: return "tool";
    case SpanKind::retrieval: return "retriever";
    case SpanKind::guardrail: return "guardrail";
    case SpanKind::agent: return "agent";
    case SpanKind::workflow: return "chain";
    default: return "span";
  }
}

std::string_view openinference_kind(SpanKind kind) {
  switch (kind) {
    case SpanKind::attempt:
    case SpanKind::llm: return "LLM";
    case SpanKind::tool: return "TOOL";
    case SpanKind::retrieval: return "RETRIEVER";
    case SpanKind::guardrail: return "GUARDRAIL";
    case SpanKind::agent: return "AGENT";
    default: return "CHAIN";
  }
}

}  // namespace headgate::telemetry
