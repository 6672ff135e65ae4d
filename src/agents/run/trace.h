// What a run leaves in the trace store: one trace, with a span for the run, for each agent that had
// the word, for each call of a tool, each handoff and each approval; calls of models leave theirs
// by way of the pipeline. Written before the entry that says the same, so that whoever is told of
// an end can look at it. On the run's loop.
#pragma once

#include <string_view>

#include "agents/http_tools/call_outcome.h"
#include "agents/journal/entry.h"

namespace headgate::agents {

class Run;
struct Command;
struct FactFetched;
struct PinnedTool;

/// One call of a tool, begun `duration_us` ago.
void record_call(const Run& run, const CallState& call, const PinnedTool& tool,
                 const CallOutcome& outcome, std::int64_t duration_us);
/// A call that was not made. `detail`: for operators.
void record_refusal(const Run& run, const CallState& call, std::string_view policy,
                    std::string_view reason, std::string_view detail = {});
/// A call that told a fact to a rule.
void record_fact(const Run& run, const FactFetched& fact);
void record_handoff(const Run& run, const CallState& call);
/// The word passes on, or the run ends: of the agent that had it.
void record_agent(const Run& run, std::string_view output);
void record_approval(const Run& run, const Command& command);
/// Nobody decided in time: for the audit trail.
void note_expired(const Run& run, const Entries& entries);
/// The run ends; the agent that had the word does too.
void record_end(const Run& run, std::string_view output);

}  // namespace headgate::agents
