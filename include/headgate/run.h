// Runs of agents: what is asked, and how far they came. Plain values, each a copy of what stood in
// the journal when it was made; a run goes on without them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace headgate {

/// On whose behalf something is done. The program is trusted with it: whoever it names, Headgate
/// believes, with rules, scopes, visibility and the audit trail following from it.
struct Caller {
  std::string user;
  std::string tenant;
  std::vector<std::string> scopes;
};

struct RunRequest {
  std::string agent;
  /// What the user says.
  std::string input;
  /// In place of `input`: a JSON array of messages of user and assistant, the newest last.
  std::string messages_json;
  Caller caller;
  /// Of the program's choice, shown with the run and its trace. Agents with `memory` know what was
  /// said in it, unless `messages_json` says it all.
  std::string session_id;
  /// The same key and request give the same run, however often they come.
  std::string idempotency_key;
  /// W3C `traceparent` of what this run is part of; empty: a trace of its own.
  std::string traceparent;
};

enum class RunStatus {
  running,
  waiting_for_approval,  // `pending` says of which calls
  needs_attention,       // it is not known whether a call has happened; `pending` says which
  finished,              // with `output`
  failed,                // `status_detail` says why
  cancelled,
  stopped,  // by one of the agent's limits
};

struct PendingCall {
  std::string call_id;
  std::string tool;
  std::string arguments;  // JSON
  /// What a decision must name, so that nobody approves what he has not seen. Empty: the call does
  /// not wait for approval; its outcome is unknown.
  std::string digest;
  std::string policy;  // that asks
  std::string reason;
};

struct Run {
  std::string id;
  std::string agent;
  RunStatus status = RunStatus::running;
  std::string status_detail;
  std::string output;
  std::vector<PendingCall> pending;
  std::string trace_id;  // `headgate trace show` draws it
  /// Of all calls of models so far: decimal US dollars, exact, such as "0.00045".
  std::string cost_usd;
  /// Calls are missing from `cost_usd`, because their models have no price.
  bool unpriced = false;
  std::int64_t steps = 0;  // calls of models
  std::int64_t tool_calls = 0;
  std::int64_t input_tokens = 0;
  std::int64_t output_tokens = 0;
};

/// A person's answer to a call that waits.
struct Decision {
  std::string run_id;
  std::string call_id;
  std::string digest;  // PendingCall::digest of what was shown
  Caller by;           // who decides; must be one of the policy's approvers
  std::string reason;  // for the journal, the audit trail and the model
};

}  // namespace headgate
