#include "server/stores.h"

#include <utility>

#include "base/random.h"

namespace headgate::server {

using base::Result;

namespace {

constexpr std::int64_t kSecondUs = 1'000'000;
constexpr std::int64_t kHourUs = 3600 * kSecondUs;
constexpr std::int64_t kDayUs = 24 * kHourUs;

}  // namespace

Result<void> Stores::open(const Config& config, const base::Clock& clock) {
  const std::string folder = config.storage.path.string();
  auto kept = storage::ResponseStore::open(folder, config.storage.responses_days * kDayUs, clock);
  if (!kept) return kept.error();
  responses = std::move(*kept);
  auto answered =
      storage::IdempotencyStore::open(folder, config.storage.idempotency_hours * kHourUs, clock);
  if (!answered) return answered.error();
  answers = std::move(*answered);
  base::RealRandom random;
  flights = std::make_unique<gateway::Flights>(
      base::TraceId::random(random).hex(),
      static_cast<std::size_t>(config.storage.idempotency_bytes_max));
  auto later = storage::QueuedCallStore::open(folder, clock);
  if (!later) return later.error();
  queued = std::move(*later);
  auto table = storage::KeyTable::open(folder);
  if (!table) return table.error();
  keys = std::make_unique<storage::KeyTable>(std::move(*table));
  return {};
}

void Stores::close() {
  if (flights) flights->close();
  responses.reset();
  answers.reset();
  queued.reset();
}

storage::StorageOptions trace_options(const storage::StorageConfig& config) {
  storage::StorageOptions out;
  out.folder = config.path.string();
  out.journal_bytes = static_cast<std::size_t>(config.journal_bytes);
  out.retention_days = config.retention_days;
  out.content_days = config.content_days;
  out.aggregates_days = config.aggregates_days;
  out.bytes_max = config.bytes_max;
  out.text_index = config.text_index;
  out.commit_interval = base::milliseconds(config.commit_interval_ms);
  return out;
}

}  // namespace headgate::server
