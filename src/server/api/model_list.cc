#include "server/api/model_list.h"

#include <vector>

#include "llm/openai/bodies.h"

namespace headgate::server {

std::string models_body(const gateway::Catalog& catalog, const base::Principal& principal,
                        llm::chat::Dialect) {
  std::vector<llm::openai::ModelEntry> entries;
  for (const auto& [name, model] : catalog.models) {
    if (!gateway::may_use(principal, name)) continue;
    entries.push_back({name, model.provider->name, catalog.created_s});
  }
  return llm::openai::models_body(entries);
}

std::string model_body(const gateway::Model& model, std::int64_t created_s, llm::chat::Dialect) {
  return llm::openai::model_body({model.name, model.provider->name, created_s});
}

}  // namespace headgate::server
