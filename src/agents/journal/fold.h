// Applies entries to a state, one after the other: the same function while a run goes on and when
// it is taken up again, so that both agree. Pure; what an entry does not say is left as it is, and
// an entry of an unknown kind is passed over.
#pragma once

#include "agents/journal/state.h"
#include "storage/runs/run_rows.h"

namespace headgate::agents {

/// REQUIRES: `entry` is the one behind state.seq.
void apply(RunState& state, const storage::RunEntry& entry);

/// All of a run's entries.
RunState fold(const std::string& id, const std::vector<storage::RunEntry>& entries);

/// What comes next in a run that is `running`.
enum class NextStep : std::uint8_t { ask_model, call_tools, read_results, finish };
NextStep next_step(const RunState& state);

}  // namespace headgate::agents
