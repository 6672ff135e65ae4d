// The bodies the gateway itself writes to OpenAI clients: errors, the error event of a stream that
// has begun, the list of models. Pure; the shapes are those the official SDKs read.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "llm/chat/answer.h"

namespace headgate::llm::openai {

/// {"error":{"message":…,"type":…,"param":…,"code":…}} from the table of base/errc.h.
std::string error_body(const base::Error& error);

/// What a provider said of its failure, in the same form.
std::string provider_error_body(const chat::ProviderError& error);

/// "data: {"error":…}\n\n": the last event of a stream that failed after its first byte.
std::string stream_error_event(const base::Error& error);

struct ModelEntry {
  std::string_view id;
  std::string_view owned_by;
  std::int64_t created_s = 0;  // seconds since 1970
};

/// The answer to GET /v1/models.
std::string models_body(std::span<const ModelEntry> models);
/// The answer to GET /v1/models/{id}.
std::string model_body(const ModelEntry& model);

}  // namespace headgate::llm::openai
