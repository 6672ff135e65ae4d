#include "server/gauges.h"

#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <functional>
#include <string>
#include <utility>

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

// A name that ends in _total is a counter's.
void add_reading(telemetry::Metrics& metrics, const std::string& name, const char* help,
                 const prometheus::Labels& labels, std::function<double()> read) {
  if (name.ends_with("_total")) {
    metrics.on_scrape_total(name, help, labels, std::move(read));
  } else {
    metrics.on_scrape(name, help, labels, std::move(read));
  }
}

}  // namespace

void add_gauges(telemetry::Metrics& metrics, const http::Server& server,
                const storage::TraceStore& store,
                const std::vector<std::unique_ptr<base::Loop>>& loops, const base::Log& log) {
  const auto of_server = [&](const char* name, const char* help,
                             std::uint64_t http::ServerStats::*field) {
    add_reading(metrics, name, help, {},
                [&server, field] { return static_cast<double>(server.stats().*field); });
  };
  using http::ServerStats;
  of_server("headgate_connections", "Client connections open now.", &ServerStats::connections_open);
  of_server("headgate_connections_accepted_total", "Client connections since the start.",
            &ServerStats::connections_total);
  of_server("headgate_connections_refused_total", "Client connections beyond connections_max.",
            &ServerStats::connections_refused);
  of_server("headgate_connections_parked", "Idle client connections that hold no buffers.",
            &ServerStats::connections_parked);
  of_server("headgate_requests_active", "Requests being served now.",
            &ServerStats::requests_active);
  of_server("headgate_requests_rejected_total", "Requests that were not HTTP as spoken here.",
            &ServerStats::requests_rejected);

  const auto of_store = [&](const char* name, const char* help,
                            std::uint64_t storage::StorageStats::*field) {
    add_reading(metrics, name, help, {},
                [&store, field] { return static_cast<double>(store.stats().*field); });
  };
  using storage::StorageStats;
  of_store("headgate_traces_stored_total", "Traces written to the database by this process.",
           &StorageStats::stored);
  of_store("headgate_journal_dropped_total", "Traces that found their journal full.",
           &StorageStats::dropped);
  of_store("headgate_journal_damaged_total", "Runs of journal bytes that were no record.",
           &StorageStats::damaged);
  of_store("headgate_journal_pending_bytes", "Taken, not yet in the database.",
           &StorageStats::pending_bytes);
  of_store("headgate_storage_failures_total",
           "Attempts to write the database that failed and were repeated.",
           &StorageStats::failures);
  of_store("headgate_storage_bytes", "What the storage directory takes, looked at each minute.",
           &StorageStats::folder_bytes);
  of_store("headgate_storage_partitions_dropped_total",
           "Days whose traces were deleted by this process.", &StorageStats::days_dropped);
  of_store("headgate_storage_contents_dropped_total",
           "Days whose prompts and completions were deleted by this process.",
           &StorageStats::contents_dropped);
  of_store("headgate_storage_dropped_for_room_total",
           "Deletions of both kinds because of storage.bytes_max, before their time.",
           &StorageStats::dropped_for_room);

  for (std::size_t i = 0; i < loops.size(); ++i) {
    const base::Loop* loop = loops[i].get();
    metrics.on_scrape("headgate_event_loop_lag_seconds", "How late the loop's last tick came.",
                      {{"loop", std::to_string(i)}},
                      [loop] { return static_cast<double>(loop->lag_us()) / 1e6; });
  }
  add_reading(metrics, "headgate_log_lines_dropped_total",
              "Lines of the log that standard error did not take in time.", {},
              [&log] { return static_cast<double>(log.dropped_total()); });
  add_reading(metrics, "process_cpu_seconds_total", "User and system time of this process.", {},
              cpu_seconds);
  metrics.on_scrape("process_resident_memory_bytes", "Resident set size.", {}, resident_bytes);
}

void add_audit_gauges(telemetry::Metrics& metrics, const storage::AuditTrail& audit) {
  metrics.on_scrape_total("headgate_audit_entries_total", "Audit entries written by this process.",
                          {}, [&audit] { return static_cast<double>(audit.stats().entries); });
  metrics.on_scrape_total(
      "headgate_audit_refused_total",
      "Actions that were not done because their audit entry could not be written.", {},
      [&audit] { return static_cast<double>(audit.stats().refused); });
}

void add_chaos_gauge(telemetry::Metrics& metrics, const resilience::ChaosRules& chaos,
                     const base::Clock& clock) {
  metrics.on_scrape("headgate_chaos_rules", "Rules of chaos that hold now.", {}, [&chaos, &clock] {
    return static_cast<double>(chaos.list(clock.now()).size());
  });
}

void add_breaker_gauges(telemetry::Metrics& metrics, const gateway::Health& health,
                        const base::Clock& clock, std::set<std::string>& known) {
  using State = gateway::TargetHealth::State;
  for (const auto& target : health.targets()) {
    if (!known.insert(target->provider() + "/" + target->model()).second) continue;
    const prometheus::Labels labels{{"provider", target->provider()}, {"model", target->model()}};
    const auto add = [&](const char* name, const char* help, auto read) {
      add_reading(metrics, name, help, labels, [target, &clock, read] {
        return static_cast<double>(read(target->state(clock.now())));
      });
    };
    add("headgate_breaker_state",
        "0 closed, 1 open, 2 half open, 3 forced open, 4 forced closed; by the provider's model.",
        [](const State& state) { return static_cast<int>(state.breaker); });
    add("headgate_breaker_openings_total", "How often it has opened.",
        [](const State& state) { return state.opened_total; });
    add("headgate_breaker_probes_total", "Calls that were let through to probe.",
        [](const State& state) { return state.probes_total; });
    add("headgate_breaker_rejections_total", "Attempts that were not made because it was open.",
        [](const State& state) { return state.rejected_total; });
  }
}

void add_slot_gauges(telemetry::Metrics& metrics, const gateway::Health& health,
                     std::set<std::string>& known) {
  using State = gateway::Slots::State;
  for (const auto& slots : health.all_slots()) {
    if (!known.insert(slots->scope() + "/" + slots->name()).second) continue;
    const prometheus::Labels labels{{"scope", slots->scope()}, {"name", slots->name()}};
    const auto add = [&](const char* name, const char* help, auto read) {
      add_reading(metrics, name, help, labels,
                  [slots, read] { return static_cast<double>(read(slots->state())); });
    };
    add("headgate_concurrency_limit", "Calls that may be under way; 0: any number.",
        [](const State& state) { return state.limit; });
    add("headgate_concurrency_in_use", "Calls under way, where there is a limit.",
        [](const State& state) { return state.in_use; });
    add("headgate_concurrency_queued", "Calls that wait for a place.",
        [](const State& state) { return state.queued; });
    add("headgate_concurrency_refused_total", "Calls that got no place, since the start.",
        [](const State& state) { return state.refused_total; });
    add("headgate_concurrency_waited_total", "Calls that got their place after a wait.",
        [](const State& state) { return state.waited_total; });
    add("headgate_concurrency_waited_seconds_total", "Their waits, added up.",
        [](const State& state) { return std::chrono::duration<double>(state.waited_sum).count(); });
  }
}

void add_connection_gauges(telemetry::Metrics& metrics, const gateway::Health& health,
                           std::set<std::string>& known) {
  for (const auto& [provider, shared] : health.connections()) {
    if (!known.insert(provider).second) continue;
    const prometheus::Labels labels{{"provider", provider}};
    const std::shared_ptr<http::ClientStats> stats = shared;
    const auto add = [&](const char* name, const char* help, auto field) {
      add_reading(metrics, name, help, labels, [stats, field] {
        return static_cast<double>(((*stats).*field).load(std::memory_order_relaxed));
      });
    };
    using http::ClientStats;
    add("headgate_upstream_connections_idle", "Pooled connections to a provider.",
        &ClientStats::idle);
    add("headgate_upstream_requests_active", "Requests at a provider now.", &ClientStats::busy);
    add("headgate_upstream_connections_opened_total", "Connections to a provider.",
        &ClientStats::opened);
    add("headgate_upstream_requests_resent_total",
        "Requests sent again because a pooled connection turned out to be closed: the provider may "
        "have seen them twice.",
        &ClientStats::resent);
  }
}

void add_queue_gauges(telemetry::Metrics& metrics, const storage::QueueCounts& counts) {
  metrics.on_scrape("headgate_queued_calls", "Calls that are queued and still to be made.", {},
                    [&counts] { return static_cast<double>(counts.waiting.load()); });
  const auto add = [&](const char* event, const std::atomic<std::uint64_t>& counter) {
    metrics.on_scrape_total("headgate_queued_calls_total",
                            "Calls queued; made, whatever came of it; given up: out of time.",
                            {{"event", event}},
                            [&counter] { return static_cast<double>(counter.load()); });
  };
  add("queued", counts.queued_total);
  add("made", counts.done_total);
  add("given_up", counts.given_up_total);
}

void add_intake_gauges(telemetry::Metrics& metrics, const IntakeCounters& counters) {
  const auto add = [&](const char* name, const char* help, const char* label, const char* value,
                       const std::atomic<std::uint64_t>& counter) {
    metrics.on_scrape_total(name, help, {{label, value}},
                            [&counter] { return static_cast<double>(counter.load()); });
  };
  constexpr const char* kRequests = "headgate_otlp_received_requests_total";
  constexpr const char* kRequestsHelp =
      "Requests to /v1/traces: all, refused (no key, too large, no OTLP), told to come again (the "
      "journal was full).";
  add(kRequests, kRequestsHelp, "outcome", "all", counters.requests);
  add(kRequests, kRequestsHelp, "outcome", "refused", counters.requests_refused);
  add(kRequests, kRequestsHelp, "outcome", "busy", counters.requests_busy);
  constexpr const char* kSpans = "headgate_otlp_received_spans_total";
  constexpr const char* kSpansHelp =
      "Spans of those: taken into the journal, repeated by a sender that had sent them before, "
      "rejected.";
  add(kSpans, kSpansHelp, "outcome", "taken", counters.spans_taken);
  add(kSpans, kSpansHelp, "outcome", "repeated", counters.spans_repeated);
  add(kSpans, kSpansHelp, "outcome", "rejected", counters.spans_rejected);
}

}  // namespace headgate::server
