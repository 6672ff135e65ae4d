#include "server/gauges.h"

#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <string>

namespace headgate::server {
namespace {

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// The second field of /proc/self/statm: resident pages.
double resident_bytes() {
  long total = 0;
  long resident = 0;
  std::FILE* file = std::fopen("/proc/self/statm", "r");
  if (file == nullptr) return 0;
  const int fields = std::fscanf(file, "%ld %ld", &total, &resident);
  std::fclose(file);
  return fields == 2 ? static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE))
                     : 0;
}

}  // namespace

void add_gauges(telemetry::Metrics& metrics, const http::Server& server,
                const storage::TraceStore& store,
                const std::vector<std::unique_ptr<base::Loop>>& loops) {
  const auto of_server = [&](const char* name, const char* help,
                             std::uint64_t http::ServerStats::*field) {
    metrics.on_scrape(name, help, {},
                      [&server, field] { return static_cast<double>(server.stats().*field); });
  };
  using http::ServerStats;
  of_server("headgate_connections", "Client connections open now.", &ServerStats::connections_open);
  of_server("headgate_connections_accepted", "Client connections since the start.",
            &ServerStats::connections_total);
  of_server("headgate_connections_refused", "Client connections beyond connections_max.",
            &ServerStats::connections_refused);
  of_server("headgate_connections_parked", "Idle client connections that hold no buffers.",
            &ServerStats::connections_parked);
  of_server("headgate_requests_active", "Requests being served now.",
            &ServerStats::requests_active);
  of_server("headgate_requests_rejected", "Requests that were not HTTP as spoken here.",
            &ServerStats::requests_rejected);

  const auto of_store = [&](const char* name, const char* help,
                            std::uint64_t storage::StorageStats::*field) {
    metrics.on_scrape(name, help, {},
                      [&store, field] { return static_cast<double>(store.stats().*field); });
  };
  using storage::StorageStats;
  of_store("headgate_traces_stored", "Traces written to the database by this process.",
           &StorageStats::stored);
  of_store("headgate_journal_dropped", "Traces that found their journal full.",
           &StorageStats::dropped);
  of_store("headgate_journal_damaged", "Runs of journal bytes that were no record.",
           &StorageStats::damaged);
  of_store("headgate_journal_pending_bytes", "Taken, not yet in the database.",
           &StorageStats::pending_bytes);
  of_store("headgate_storage_failures",
           "Attempts to write the database that failed and were repeated.",
           &StorageStats::failures);
  of_store("headgate_storage_bytes", "What the storage directory takes, looked at each minute.",
           &StorageStats::folder_bytes);
  of_store("headgate_storage_days_dropped", "Days whose traces were deleted by this process.",
           &StorageStats::days_dropped);
  of_store("headgate_storage_contents_dropped",
           "Days whose prompts and completions were deleted by this process.",
           &StorageStats::contents_dropped);
  of_store("headgate_storage_dropped_for_room",
           "Deletions of both kinds because of storage.bytes_max, before their time.",
           &StorageStats::dropped_for_room);

  for (std::size_t i = 0; i < loops.size(); ++i) {
    const base::Loop* loop = loops[i].get();
    metrics.on_scrape("headgate_event_loop_lag_seconds", "How late the loop's last tick came.",
                      {{"loop", std::to_string(i)}},
                      [loop] { return static_cast<double>(loop->lag_us()) / 1e6; });
  }
  metrics.on_scrape("process_cpu_seconds", "User and system time of this process.", {},
                    cpu_seconds);
  metrics.on_scrape("process_resident_memory_bytes", "Resident set size.", {}, resident_bytes);
}

void add_breaker_gauges(telemetry::Metrics& metrics, const gateway::Health& health,
                        const base::Clock& clock, std::set<std::string>& known) {
  using State = gateway::TargetHealth::State;
  for (const auto& target : health.targets()) {
    if (!known.insert(target->provider() + "/" + target->model()).second) continue;
    const prometheus::Labels labels{{"provider", target->provider()}, {"model", target->model()}};
    const auto add = [&](const char* name, const char* help, auto read) {
      metrics.on_scrape(name, help, labels, [target, &clock, read] {
        return static_cast<double>(read(target->state(clock.now())));
      });
    };
    add("headgate_breaker_state",
        "0 closed, 1 open, 2 half open, 3 forced open, 4 forced closed; by the provider's model.",
        [](const State& state) { return static_cast<int>(state.breaker); });
    add("headgate_breaker_openings", "How often it has opened.",
        [](const State& state) { return state.opened_total; });
    add("headgate_breaker_probes", "Calls that were let through to probe.",
        [](const State& state) { return state.probes_total; });
    add("headgate_breaker_rejections", "Attempts that were not made because it was open.",
        [](const State& state) { return state.rejected_total; });
  }
}

}  // namespace headgate::server
