#include "server/api/model_list.h"

#include "llm/anthropic/answer.h"
#include "llm/gemini/bodies.h"
#include "llm/openai/bodies.h"

namespace headgate::server {

using llm::chat::Dialect;

namespace {

constexpr std::string_view kOwner = "headgate";  // of agents

llm::anthropic::ModelEntry anthropic_entry(const std::string& name, std::int64_t created_s) {
  llm::anthropic::ModelEntry entry;
  entry.id = name;
  entry.created_s = created_s;
  return entry;
}
llm::gemini::ModelEntry gemini_entry(const std::string& name) {
  llm::gemini::ModelEntry entry;
  entry.id = name;
  entry.display_name = name;
  return entry;
}

struct Listed {
  std::string name;
  std::string_view owner;
};

std::vector<Listed> listed(const gateway::Catalog& catalog, const base::Principal& principal,
                           const std::vector<std::string>& agents) {
  std::vector<Listed> out;
  for (const auto& [name, model] : catalog.models) {
    if (gateway::may_use(principal, name)) out.push_back({name, model.provider->name});
  }
  for (const std::string& agent : agents) out.push_back({agent, kOwner});
  return out;
}

std::string body_of(const Listed& model, std::int64_t created_s, Dialect dialect) {
  if (dialect == Dialect::anthropic) {
    return llm::anthropic::model_body(anthropic_entry(model.name, created_s));
  }
  if (dialect == Dialect::gemini) return llm::gemini::model_body(gemini_entry(model.name));
  return llm::openai::model_body({model.name, model.owner, created_s});
}

}  // namespace

std::string models_body(const gateway::Catalog& catalog, const base::Principal& principal,
                        Dialect dialect, const std::vector<std::string>& agents) {
  const std::int64_t created_s = catalog.created_s;
  const std::vector<Listed> all = listed(catalog, principal, agents);
  if (dialect == Dialect::anthropic) {
    std::vector<llm::anthropic::ModelEntry> models;
    for (const Listed& one : all) models.push_back(anthropic_entry(one.name, created_s));
    return llm::anthropic::models_body(models);
  }
  if (dialect == Dialect::gemini) {
    std::vector<llm::gemini::ModelEntry> models;
    for (const Listed& one : all) models.push_back(gemini_entry(one.name));
    return llm::gemini::models_body(models);
  }
  std::vector<llm::openai::ModelEntry> models;
  for (const Listed& one : all) models.push_back({one.name, one.owner, created_s});
  return llm::openai::models_body(models);
}

std::string agent_model_body(const std::string& model, std::int64_t created_s, Dialect dialect) {
  return body_of({model, kOwner}, created_s, dialect);
}

std::string model_body(const gateway::Model& model, std::int64_t created_s, Dialect dialect) {
  return body_of({model.name, model.provider->name}, created_s, dialect);
}

}  // namespace headgate::server
