#include "gateway/catalog.h"

#include <algorithm>

namespace headgate::gateway {
namespace {

bool lists(const std::vector<std::string>& list, std::string_view value) {
  return std::any_of(list.begin(), list.end(),
                     [&](const std::string& entry) { return entry == "*" || entry == value; });
}

bool lists_or_empty(const std::vector<std::string>& list, std::string_view value) {
  return list.empty() || lists(list, value);
}

}  // namespace

llm::chat::Dialect Provider::dialect_for(llm::chat::Dialect dialect) const {
  using llm::chat::Dialect;
  switch (kind) {
    case ProviderKind::openai:
      return dialect == Dialect::openai_responses ? dialect : Dialect::openai_chat;
    case ProviderKind::openai_chat: return Dialect::openai_chat;
    case ProviderKind::openai_responses: return Dialect::openai_responses;
    case ProviderKind::anthropic: return Dialect::anthropic;
    case ProviderKind::gemini: return Dialect::gemini;
  }
  return Dialect::openai_chat;
}

std::string_view Provider::convention_name() const {
  switch (kind) {
    case ProviderKind::openai:
    case ProviderKind::openai_responses: return "openai";
    case ProviderKind::anthropic: return "anthropic";
    case ProviderKind::gemini: return "gcp.gemini";
    case ProviderKind::openai_chat: break;
  }
  return name;
}

const Model* Catalog::find(std::string_view name) const {
  const auto found = models.find(name);
  return found == models.end() ? nullptr : &found->second;
}

const Route& Catalog::route_for(std::string_view model, const base::Principal& principal) const {
  const auto fits = [&](const Route& route) {
    return lists(route.models, model) && lists_or_empty(route.tenants, principal.tenant) &&
           lists_or_empty(route.tiers, principal.tier);
  };
  const auto found = std::find_if(routes.begin(), routes.end(), fits);
  return found == routes.end() ? default_route : *found;
}

bool may_use(const base::Principal& principal, std::string_view model) {
  return lists_or_empty(principal.models, model);
}

}  // namespace headgate::gateway
