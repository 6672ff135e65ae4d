// The models that a caller may ask for, in the form that a dialect's clients list them in. Models
// that the caller's key does not allow are not in the list. Pure; the catalog outlives the call.
#pragma once

#include <cstdint>
#include <string>

#include "gateway/catalog.h"
#include "llm/chat/part.h"

namespace headgate::server {

std::string models_body(const gateway::Catalog& catalog, const base::Principal& principal,
                        llm::chat::Dialect dialect);
std::string model_body(const gateway::Model& model, std::int64_t created_s,
                       llm::chat::Dialect dialect);

}  // namespace headgate::server
