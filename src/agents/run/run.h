// A run while somebody works on it: the state that its journal adds up to, and the steps that take
// it further. run.cc tells them from top to bottom; each step writes what it is about to do, does
// it, and writes what came of it. Belongs to one loop; the board knows who drives which run.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agents/approvals/webhook_sender.h"
#include "agents/definitions/pinned.h"
#include "agents/http_tools/http_tools.h"
#include "agents/journal/fold.h"
#include "agents/journal/halted.h"
#include "agents/journal/tail.h"
#include "agents/policy/denials.h"
#include "agents/quarantine/value_counts.h"
#include "agents/reach/reach.h"
#include "agents/run/board.h"
#include "agents/run/call_policy.h"
#include "agents/tools/host.h"
#include "base/async/task.h"
#include "base/context.h"
#include "base/text/log.h"
#include "gateway/pipeline.h"
#include "storage/audit/audit_trail.h"
#include "storage/runs/run_store.h"
#include "telemetry/metrics.h"
#include "telemetry/sink.h"

namespace headgate::agents {

/// What runs need of their loop; one a loop.
struct RunTools {
  base::Loop& loop;
  gateway::Pipeline& pipeline;
  telemetry::SpanSink& sink;
  telemetry::CallMetrics& metrics;
  base::Redactor& redactor;
  HttpTools& http;
  ToolHost* mcp;  // null: there are no remote servers
  knowledge::Retriever& retriever;
  NativeTools& native;
  storage::RunStore& store;
  Board& board;
  CallPolicy& policy;
  storage::AuditTrail& audit;
  Denials& denials;
  ValueCounts& values;
  Waiting& waiting;
  WebhookSender& webhooks;
  HaltedRuns& halted;
  base::Log& log;
};

class Run {
 public:
  Run(const RunTools& tools, std::shared_ptr<const Pinned> pinned, RunState state,
      std::shared_ptr<const base::Principal> principal)
      : tools_(tools),
        pinned_(std::move(pinned)),
        state_(std::move(state)),
        principal_(std::move(principal)),
        tail_(tools.loop, tools.store, state_.seq,
              [&board = tools.board, id = state_.id](std::int64_t seq) {
                board.published(id, seq);
              }) {
    narrow();
  }
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  /// Until it has ended, waits for a person, or the program ends. REQUIRES: it was claimed.
  base::Async<void> drive();
  /// Something waits on the board.
  void woken();
  /// Its key is not valid any more: it fails instead of going on.
  void revoke() { is_revoked_ = true; }

  const RunTools& tools() const { return tools_; }
  const Pinned& pinned() const { return *pinned_; }
  const RunState& state() const { return state_; }
  /// The agent that has the word.
  const PinnedAgent& agent() const { return *pinned_->agent(state_.acting); }
  /// Of the agent that the run began with.
  const RunLimits& limits() const { return pinned_->agent(state_.agent)->config.limits; }

  /// Applies entries, and hands them to the journal. Of those that people are told of (`run.*`,
  /// `approval.*`) it waits until they are on the disk; the run goes on ahead of the others, but
  /// not far.
  base::Task<void> write(Entries entries);
  base::Task<void> write(Entry entry);
  /// What comes next cannot be taken back: until all entries so far are on the disk.
  base::Task<void> on_disk();

  /// Of one thing that is done for the run. `span`: its own. What may be interrupted stops when the
  /// run is cancelled or its time is over; the rest is let finish.
  base::Context context(const base::SpanId& span, bool may_be_interrupted);
  /// The caller, with the scopes that are left to the acting agent, and those that approval has
  /// given to this one call.
  base::Principal principal_for(const CallState& call) const;
  Reach reach() const { return {tools_.http, tools_.mcp, tools_.retriever, tools_.native}; }
  bool is_interrupted() const { return interrupt_->cancelled(); }
  bool is_out_of_time() const;
  base::SpanId new_span();

 private:
  base::Task<void> go();
  base::Task<void> step();
  base::Task<void> ask_about(const CallState& open, bool ends);
  base::Task<void> stop_at_limit();
  base::Task<void> obey();
  base::Task<void> obey(const Command& command);
  base::Task<void> finish();
  base::MonoTime deadline() const;
  /// Which of its calls wait for approval, for whoever asks.
  void tell_waiting();
  void narrow();

  RunTools tools_;
  std::shared_ptr<const Pinned> pinned_;
  RunState state_;
  std::shared_ptr<const base::Principal> principal_;  // as the key says
  base::Principal narrowed_;                          // as the agents so far leave it
  std::size_t narrowed_by_ = 0;                       // how many of them
  JournalTail tail_;
  bool is_revoked_ = false;
  std::unique_ptr<base::Cancellation> interrupt_ = std::make_unique<base::Cancellation>();
  base::Cancellation never_;
};

/// The steps of run.cc that have a file of their own.
base::Task<void> ask_model(Run& run);
base::Task<void> call_tools(Run& run);
/// A call that had begun when the program ended, and that is not just made once more: one that must
/// not happen twice; where the run ends, any that writes. Null: there is none.
const CallState* left_open(const Run& run, bool ends);
base::Task<void> read_results(Run& run);  // quarantine/read_step.cc; the first that is not read
/// Errors: what is wrong with the command; storage_failed.
base::Result<Entries> entries_of(const Run& run, const Command& command);

}  // namespace headgate::agents
