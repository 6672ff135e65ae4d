// Gives the tickets of `headgate load` to the gateway: workers on one loop, each with one ticket at
// a time. When all have been asked, every run is read back, which is what the figures come from.
// Used once, by one thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/async/loop.h"
#include "base/async/task_group.h"
#include "cli/load/gateway_calls.h"
#include "cli/load/load.h"
#include "cli/load/tally.h"
#include "cli/load/ticket_file.h"

namespace headgate::cli {

/// What is known of one ticket.
struct Asked {
  std::string run;               // empty: none was begun
  std::string error;             // why there is none, or why it could not be read back
  std::int64_t latency_us = -1;  // of a run that ended while it was asked; else -1
};

struct LoadResult {
  std::vector<Asked> asked;
  Tally tally;
  std::int64_t lost = 0;       // asked for, and not ended or waiting at the end
  std::int64_t not_begun = 0;  // the gateway said no, or could not be reached
  std::int64_t elapsed_us = 0;
  std::uint64_t repeated = 0;  // requests that were sent again
};

class LoadDriver {
 public:
  /// `tickets` outlive it. Errors: config_invalid; those of reaching the gateway and its agent.
  static base::Result<std::unique_ptr<LoadDriver>> make(base::Loop& loop,
                                                        const LoadOptions& options,
                                                        const std::vector<Ticket>& tickets);
  /// Runs the loop until all is done. Once.
  LoadResult run();

 private:
  LoadDriver(base::Loop& loop, const LoadOptions& options, const std::vector<Ticket>& tickets)
      : loop_(loop), options_(options), tickets_(tickets), tasks_(loop, nullptr) {}

  struct Named {
    const Ticket& ticket;
    std::string id;  // with the round, from the second on
  };
  Named named(std::size_t index) const;
  std::string user_line(const Ticket& ticket) const;
  std::string body_of(const Named& named) const;

  base::Async<void> work();
  base::Async<void> read_back();
  base::Async<void> show_progress();
  base::Task<RunView> begin(std::size_t index);
  base::Task<RunView> view(std::size_t index);
  base::Task<void> decide(const RunView& run);
  base::Task<void> settle(std::size_t index, RunView& run);
  base::Async<void> work_on(std::size_t index);
  base::Task<void> collect(std::size_t index);
  void finish_worker();
  void print_progress(bool last) const;

  base::Loop& loop_;
  const LoadOptions& options_;
  const std::vector<Ticket>& tickets_;
  std::unique_ptr<GatewayCalls> calls_;
  std::unique_ptr<GatewayCalls> approver_;  // null: nobody approves
  LoadResult result_;
  std::size_t next_ = 0;
  std::size_t done_ = 0;
  std::size_t workers_ = 0;
  bool reading_ = false;
  bool over_ = false;
  base::MonoTime begun_{};
  base::TaskGroup tasks_;  // last: its tasks use all of it
};

}  // namespace headgate::cli
