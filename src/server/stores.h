// What the process keeps on disk beside traces: opened together before the loops are made, closed
// when none of them runs any more. Owned by app.cc.
#pragma once

#include <memory>

#include "gateway/idempotency/flights.h"
#include "server/config.h"
#include "storage/idempotency/idempotency_store.h"
#include "storage/key_table.h"
#include "storage/queued/queued_call_store.h"
#include "storage/responses/response_store.h"
#include "storage/traces/trace_store.h"

namespace headgate::server {

struct Stores {
  std::unique_ptr<storage::ResponseStore> responses;
  std::unique_ptr<storage::IdempotencyStore> answers;
  std::unique_ptr<gateway::Flights> flights;  // of answers that are on their way
  std::unique_ptr<storage::QueuedCallStore> queued;
  std::unique_ptr<storage::KeyTable> keys;

  base::Result<void> open(const Config& config, const base::Clock& clock);
  /// Ends their threads, which tell the loops what they did: these are still there.
  void close();
};

/// Without what only the process knows: how it reports, samples and exports.
storage::StorageOptions trace_options(const storage::StorageConfig& config);

}  // namespace headgate::server
