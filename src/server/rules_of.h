// What parts of the program are told of the configuration, in their own words: pure translations
// that app.cc makes at start-up and on reload, and nothing else.
#pragma once

#include <memory>

#include "gateway/prompt_cache/alarm.h"
#include "server/config.h"
#include "server/otlp/loop_intake.h"
#include "storage/traces/trace_store.h"

namespace headgate::server {

gateway::CacheAlarmRules cache_alarm_rules(const Config& config);
std::shared_ptr<const ReceiveRules> receive_rules(const Config& config);
/// Without `report`.
storage::StorageOptions storage_options(const Config& config);

}  // namespace headgate::server
