// Waiting for a run: until it has more entries, or until nobody works on it. Whoever drives it may
// be on any loop; whoever waits is on its own and reads the journal.
#pragma once

#include <string>
#include <vector>

#include "agents/run/runner.h"

namespace headgate::server {

/// The entries behind `seq`, as soon as there are some; none: the run does not go on by itself any
/// more.
base::Task<std::vector<storage::RunEntry>> next_entries(base::Context& ctx, agents::Runner& runner,
                                                        const std::string& id, std::int64_t seq);

/// Until it has ended or waits for a person.
base::Task<void> wait_for_run(base::Context& ctx, agents::Runner& runner, const std::string& id);

}  // namespace headgate::server
