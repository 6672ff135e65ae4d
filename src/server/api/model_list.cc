#include "server/api/model_list.h"

#include "llm/anthropic/answer.h"
#include "llm/gemini/bodies.h"
#include "llm/openai/bodies.h"

namespace headgate::server {

using llm::chat::Dialect;

namespace {

constexpr std::string_view kOwner = "headgate";

llm::openai::ModelEntry openai_entry(const gateway::Model& model, std::int64_t created_s) {
  return {model.name, model.provider->name, created_s};
}
llm::anthropic::ModelEntry anthropic_entry(const gateway::Model& model, std::int64_t created_s) {
  llm::anthropic::ModelEntry entry;
  entry.id = model.name;
  entry.created_s = created_s;
  return entry;
}
llm::gemini::ModelEntry gemini_entry(const gateway::Model& model) {
  llm::gemini::ModelEntry entry;
  entry.id = model.name;
  entry.display_name = model.name;
  return entry;
}

template <class Entry, class Make>
std::vector<Entry> entries(const gateway::Catalog& catalog, const base::Principal& principal,
                           Make make) {
  std::vector<Entry> out;
  for (const auto& [name, model] : catalog.models) {
    if (gateway::may_use(principal, name)) out.push_back(make(model));
  }
  return out;
}

}  // namespace

std::string models_body(const gateway::Catalog& catalog, const base::Principal& principal,
                        Dialect dialect, const std::vector<std::string>& agents) {
  const std::int64_t created_s = catalog.created_s;
  if (dialect == Dialect::anthropic) {
    return llm::anthropic::models_body(entries<llm::anthropic::ModelEntry>(
        catalog, principal, [&](const auto& model) { return anthropic_entry(model, created_s); }));
  }
  if (dialect == Dialect::gemini) {
    return llm::gemini::models_body(
        entries<llm::gemini::ModelEntry>(catalog, principal, gemini_entry));
  }
  auto models = entries<llm::openai::ModelEntry>(
      catalog, principal, [&](const auto& model) { return openai_entry(model, created_s); });
  for (const std::string& agent : agents) models.push_back({agent, kOwner, created_s});
  return llm::openai::models_body(models);
}

std::string agent_model_body(const std::string& model, std::int64_t created_s) {
  return llm::openai::model_body({model, kOwner, created_s});
}

std::string model_body(const gateway::Model& model, std::int64_t created_s, Dialect dialect) {
  if (dialect == Dialect::anthropic) {
    return llm::anthropic::model_body(anthropic_entry(model, created_s));
  }
  if (dialect == Dialect::gemini) return llm::gemini::model_body(gemini_entry(model));
  return llm::openai::model_body(openai_entry(model, created_s));
}

}  // namespace headgate::server
