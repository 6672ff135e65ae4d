#include "server/knowledge/knowledge_service.h"

#include <utility>

namespace headgate::server {

using agents::knowledge::IndexPool;
using agents::knowledge::KnowledgeConfigs;
using agents::knowledge::KnowledgeSet;

KnowledgeService::KnowledgeService(std::string storage_folder, const KnowledgeConfigs& configs)
    : storage_folder_(std::move(storage_folder)), bases_(make(configs)) {}

void KnowledgeService::apply(const KnowledgeConfigs& configs) { bases_.store(make(configs)); }

std::shared_ptr<const KnowledgeSet> KnowledgeService::make(const KnowledgeConfigs& configs) {
  auto out = std::make_shared<KnowledgeSet>();
  for (const auto& [name, config] : configs) {
    auto& pool = pools_[name];
    if (!pool) {
      pool = std::make_shared<IndexPool>(agents::knowledge::index_folder(storage_folder_, name));
    }
    (*out)[name] = {config, pool};
  }
  return out;
}

void KnowledgeService::add_gauges(telemetry::Metrics& metrics) {
  for (const auto& [name, pool] : pools_) {
    if (!shown_.insert(name).second) continue;
    const auto add = [&metrics, &base = name](const char* outcome,
                                              const std::atomic<std::uint64_t>& counter) {
      metrics.on_scrape_total("headgate_knowledge_searches_total",
                              "Searches of knowledge bases: done, failed, or done by words alone "
                              "because there was no vector of the query.",
                              {{"knowledge", base}, {"outcome", outcome}},
                              [&counter] { return static_cast<double>(counter.load()); });
    };
    const auto& counts = pool->counts();
    add("done", counts.done);
    add("failed", counts.failed);
    add("without_vectors", counts.without_vectors);
  }
}

void KnowledgeService::stop() {
  for (const auto& entry : pools_) entry.second->stop();
}

}  // namespace headgate::server
