// The models that a caller may ask for, in the form that a dialect's clients list them in. Models
// that the caller's key does not allow are not in the list. Pure; the catalog outlives the call.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gateway/catalog.h"
#include "llm/chat/part.h"

namespace headgate::server {

/// `agents`: behind them, by the names that they have as models (`agent/<name>`).
std::string models_body(const gateway::Catalog& catalog, const base::Principal& principal,
                        llm::chat::Dialect dialect, const std::vector<std::string>& agents);
std::string agent_model_body(const std::string& model, std::int64_t created_s,
                             llm::chat::Dialect dialect);
std::string model_body(const gateway::Model& model, std::int64_t created_s,
                       llm::chat::Dialect dialect);

}  // namespace headgate::server
