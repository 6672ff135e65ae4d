// The knowledge bases of the configuration, for all loops: a snapshot that a reload replaces, over
// readers of their indexes that stay. Made and changed by app.cc on the main thread; the snapshot
// is read by any.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>

#include "agents/retrieval/retriever.h"
#include "base/async/snapshot.h"
#include "telemetry/metrics.h"

namespace headgate::server {

class KnowledgeService {
 public:
  KnowledgeService(std::string storage_folder, const agents::knowledge::KnowledgeConfigs& configs);

  void apply(const agents::knowledge::KnowledgeConfigs& configs);
  const base::SnapshotCell<agents::knowledge::KnowledgeSet>& bases() const { return bases_; }

  /// Of the bases that have none yet: after start-up, and after a reload has brought new ones.
  /// REQUIRES: this outlives the last scrape.
  void add_gauges(telemetry::Metrics& metrics);
  /// Ends the readers' threads. REQUIRES: no loop runs any more, and all are still there.
  void stop();

 private:
  using Pools = std::map<std::string, std::shared_ptr<agents::knowledge::IndexPool>>;

  std::shared_ptr<const agents::knowledge::KnowledgeSet> make(
      const agents::knowledge::KnowledgeConfigs& configs);

  std::string storage_folder_;
  Pools pools_;  // also of bases that a reload took away: a search may be under way
  std::set<std::string> shown_;
  base::SnapshotCell<agents::knowledge::KnowledgeSet> bases_;
};

}  // namespace headgate::server
