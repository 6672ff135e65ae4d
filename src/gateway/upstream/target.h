// Where at a provider an operation is found, and the headers it takes: one function a question, for
// every dialect. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "gateway/ask.h"
#include "gateway/catalog.h"

namespace headgate::gateway {

/// "/chat/completions", "/models/NAME:streamGenerateContent?alt=sse" … behind the provider's base
/// URL; nothing when the dialect has no such operation.
std::optional<std::string> upstream_path(const Provider& provider, llm::chat::Dialect dialect,
                                         Operation operation, std::string_view model, bool stream);

}  // namespace headgate::gateway
