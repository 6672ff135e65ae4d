// What came of the runs of `headgate load`: sums over run objects and their events, as the API
// shows them. Nothing is estimated; what a server does not say is not counted. Plain values; one
// writer.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/money.h"
#include "base/result.h"

namespace headgate::cli {

struct ToolTally {
  std::int64_t ok = 0;
  std::int64_t errors = 0;   // it said no, or did not answer
  std::int64_t refused = 0;  // never made: rules, people, or its schema said no
};

struct ModelTally {
  std::int64_t calls = 0;
  std::int64_t cached_tokens = 0;
};

/// A run as GET /v1/runs/{id} shows it.
struct RunView {
  std::string id;
  std::string status;
  std::string acting;
  std::string trace;
  std::int64_t steps = 0;
  std::int64_t active_ms = 0;
  std::int64_t input_tokens = 0;
  std::int64_t cached_tokens = 0;
  std::int64_t output_tokens = 0;
  base::Picodollars cost = 0;
  bool unpriced = false;
  std::vector<std::pair<std::string, std::string>> waiting;  // call id, digest

  bool is_ended() const { return status != "running" && status != "waiting_for_approval"; }
  /// Whether it stands where it may stand when nobody works on it.
  bool is_settled() const { return !status.empty() && status != "running"; }
};

/// Errors (upstream_malformed): it is no such object.
base::Result<RunView> read_run(std::string_view json);

struct Tally {
  std::map<std::string, std::int64_t> statuses;
  std::map<std::string, std::int64_t> agents;  // that had the word last
  std::map<std::string, ToolTally> tools;
  std::map<std::string, ModelTally> models;
  std::int64_t steps = 0;
  std::int64_t handoffs = 0;
  std::int64_t escalations = 0;
  std::int64_t approvals_asked = 0;
  std::int64_t approvals_given = 0;
  std::int64_t approvals_denied = 0;  // or not given in time
  std::int64_t input_tokens = 0;
  std::int64_t cached_tokens = 0;
  std::int64_t output_tokens = 0;
  base::Picodollars cost = 0;
  std::int64_t unpriced_runs = 0;

  void add(const RunView& run);
  /// `events`: the server-sent events of a run. `escalation_tool`: a call of it that went well is
  /// an escalation. Errors (upstream_malformed): they do not end where a run ends or waits.
  base::Result<void> add_events(std::string_view events, std::string_view escalation_tool);

 private:
  void add_event(std::string_view json, std::string_view escalation_tool);
};

}  // namespace headgate::cli
