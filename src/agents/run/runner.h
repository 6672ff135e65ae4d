// Runs on one loop: begun, taken up again, commanded. What a run is made of comes from the
// configuration when it begins and from the journal ever after. One a loop; take_up() may be called
// from any thread, the rest from the loop's own.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "agents/definitions/definitions.h"
#include "agents/run/run.h"
#include "base/async/snapshot.h"
#include "base/async/task_group.h"

namespace headgate::agents {

struct RunAsk {
  std::string agent;
  std::string messages;  // a JSON array in OpenAI's form
  std::string session;
  std::string metadata;         // JSON; empty: none
  std::string idempotency_key;  // empty: none
  std::string fingerprint;      // of the request
  bool remembers = false;       // its session; else the messages are all there is
};

class Runner {
 public:
  /// Who has this key now; null: nobody.
  using FindKey = std::function<std::shared_ptr<const base::Principal>(const std::string& key_id)>;

  /// All outlive the loop's tasks.
  Runner(const RunTools& tools, const base::SnapshotCell<Definitions>& definitions,
         FindKey find_key)
      : tools_(tools),
        definitions_(definitions),
        find_key_(std::move(find_key)),
        tasks_(tools.loop, [&log = tools.log](std::string_view what) {
          log.error("run_escaped", {{"error", what}});
        }) {}

  /// In the journal, and under way. Errors: not_found, no such agent; idempotency_key_reused.
  base::Task<storage::RunRow> create(base::Context& ctx, const RunAsk& ask);
  /// A new run that goes on as `id` stood before its step `from_step`. REQUIRES: the caller may see
  /// it. Errors: not_found; invalid_request, it had no such step.
  base::Task<storage::RunRow> fork(base::Context& ctx, const std::string& id,
                                   std::int64_t from_step);
  /// Errors: what Run says of the command; not_found.
  base::Task<void> command(base::Context& ctx, const std::string& id, Command command);
  /// Goes on with a run that the journal has as unfinished.
  void take_up(const std::string& id);

  /// Looks at a run that waits: what waits in it is known from then on, and what has waited too
  /// long waits no more.
  void expire(const std::string& id);
  /// Whether a remote tool may be called without a run. Errors: permission_denied, in words for the
  /// model.
  base::Task<void> may_call(base::Context& ctx, std::string_view remote,
                            std::string_view arguments);
  Waiting& waiting() { return tools_.waiting; }
  storage::AuditTrail& audit() { return tools_.audit; }
  std::shared_ptr<const Definitions> definitions() { return definitions_.get(); }

  storage::RunStore& store() { return tools_.store; }
  Board& board() { return tools_.board; }
  /// A list of the agents that there are.
  std::string agents_json();

 private:
  using RunPtr = std::shared_ptr<Run>;
  base::Result<std::shared_ptr<const Pinned>> pinned_all();
  base::Task<void> may_call_as(base::Context& ctx, const std::string& name,
                               std::string_view arguments, const Pinned& pinned);
  base::Task<std::shared_ptr<const Pinned>> pin(base::Context& ctx, const std::string& agent);
  base::Task<void> add_remote_schemas(base::Context& ctx, Definitions& definitions);
  /// Nothing: there is nothing to remember.
  base::Task<std::optional<Entry>> recall(base::Context& ctx, const storage::RunRow& row,
                                          const PinnedAgent& agent);
  base::Task<bool> is_known(base::Context& ctx, const storage::RunRow& row);
  base::Task<storage::RunRow> begin(base::Context& ctx, storage::NewRun run,
                                    std::shared_ptr<const Pinned> pinned);
  base::Task<RunPtr> load(const std::string& id);
  /// Where the board finds the run once it is there; touched by the loop alone.
  using Slot = std::shared_ptr<std::weak_ptr<Run>>;
  /// Null: somebody else drives it. It is claimed before it is read, so that it stands still.
  Slot claim(const std::string& id);
  base::Task<RunPtr> load_claimed(const std::string& id, const Slot& slot);
  base::Async<void> drive(RunPtr run);
  base::Async<void> go_on(RunPtr run);
  base::Async<void> recover(std::string id);
  void not_recovered(const std::string& id, const base::Error& error);
  base::Async<void> end_waiting(std::string id);
  base::Task<void> command_stored(const std::string& id, Command command);

  RunTools tools_;
  base::SnapshotReader<Definitions> definitions_;
  FindKey find_key_;
  std::shared_ptr<const Definitions> pinned_from_;
  std::map<std::string, std::shared_ptr<const Pinned>, std::less<>> pinned_;  // by agent
  std::shared_ptr<const Definitions> all_pinned_from_;
  std::shared_ptr<const Pinned> all_pinned_;
  base::Cancellation never_;
  base::TaskGroup tasks_;
};

}  // namespace headgate::agents
