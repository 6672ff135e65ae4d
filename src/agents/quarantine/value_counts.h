// How many values of results were taken and how many were none of their types, by tool. One for the
// process, safe from any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "telemetry/metrics.h"

namespace headgate::agents {

class ValueCounts {
 public:
  /// Outlives it.
  explicit ValueCounts(telemetry::Metrics& metrics) : metrics_(metrics) {}

  void note_dropped(const std::string& tool, std::size_t count);
  /// A text that the reader could not make values of.
  void note_unread(const std::string& tool);

 private:
  void add(const std::string& name, const std::string& help, const std::string& tool,
           std::size_t count);

  telemetry::Metrics& metrics_;
  std::mutex mutex_;  // of the map; scrapes read what is in it without
  std::map<std::string, std::atomic<std::uint64_t>> counts_;  // by metric and tool
};

}  // namespace headgate::agents
