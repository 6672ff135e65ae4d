// Names that conventions have for our providers, kinds and roles, and the way back. Pure.
// Providers have the names of a price book here ("gemini"), and those of the conventions outside
// ("gcp.gemini"); what neither knows keeps its own.
#pragma once

#include <optional>
#include <string_view>

#include "telemetry/otlp/model.h"

namespace headgate::telemetry {

std::string_view convention_provider(std::string_view provider);
/// Also of "openai.chat", as Vercel's SDK writes it.
std::string_view our_provider(std::string_view provider);

otlp::SpanRole role_of(SpanKind kind);
std::string_view role_name(otlp::SpanRole role);
std::optional<otlp::SpanRole> role_named(std::string_view name);

std::string_view langfuse_type(SpanKind kind);
std::string_view openinference_kind(SpanKind kind);

}  // namespace headgate::telemetry
