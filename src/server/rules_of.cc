#include "server/rules_of.h"

namespace headgate::server {

gateway::CacheAlarmRules cache_alarm_rules(const Config& config) {
  const auto& telemetry = config.telemetry;
  return {static_cast<int>(telemetry.prompt_cache_read_percent_min),
          static_cast<std::size_t>(telemetry.prompt_cache_alarm_calls)};
}

std::shared_ptr<const ReceiveRules> receive_rules(const Config& config) {
  constexpr std::size_t kFrameBytes = 64;
  auto out = std::make_shared<ReceiveRules>();
  out->config = config.telemetry.otlp.receive;
  // What a journal takes at once is a quarter of it.
  out->record_bytes_max = static_cast<std::size_t>(config.storage.journal_bytes) / 4 - kFrameBytes;
  return out;
}

storage::StorageOptions storage_options(const Config& config) {
  storage::StorageOptions out;
  out.folder = config.storage.path.string();
  out.journal_bytes = static_cast<std::size_t>(config.storage.journal_bytes);
  out.retention_days = config.storage.retention_days;
  out.content_days = config.storage.content_days;
  out.aggregates_days = config.storage.aggregates_days;
  out.bytes_max = config.storage.bytes_max;
  out.text_index = config.storage.text_index;
  out.commit_interval = base::milliseconds(config.storage.commit_interval_ms);
  return out;
}

}  // namespace headgate::server
