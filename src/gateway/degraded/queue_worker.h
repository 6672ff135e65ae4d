// Makes the calls that were queued, when a model that may answer them is well again: a few at a
// time, with the rights that their key has then, each until it is answered or its time is over. One
// for the process, on one loop; made and started by app.cc before that runs.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "base/async/task_group.h"
#include "base/clock.h"
#include "gateway/config.h"
#include "gateway/degraded/queued_ask.h"
#include "gateway/pipeline.h"
#include "storage/queued/queued_call_store.h"

namespace headgate::gateway {

/// For so long nobody else makes a call that was taken to be made: longer than any may take, which
/// begins its answer before its deadline and then has the time of one attempt.
inline constexpr base::Duration kQueuedCallTakenFor =
    2 * base::milliseconds(kTimeoutMax) + base::seconds(60);

class QueueWorker {
 public:
  /// Who has this key now; null: nobody.
  using FindKey = std::function<std::shared_ptr<const base::Principal>(const std::string& key_id)>;

  /// All outlive the loop's tasks.
  QueueWorker(base::Loop& loop, Pipeline& pipeline, storage::QueuedCallStore& store,
              FindKey find_key)
      : loop_(loop),
        pipeline_(pipeline),
        store_(store),
        find_key_(std::move(find_key)),
        tasks_(loop, nullptr) {}

  void start() { tasks_.spawn(run()); }

 private:
  base::Async<void> run();
  base::Task<std::size_t> take_some();
  base::Async<void> make(storage::QueuedCall row);
  base::Async<void> ask(const storage::QueuedCall& row, const AskedLater& asked);
  base::Async<void> finish(const std::string& id, storage::QueuedReply reply);
  bool may_be_answered(const std::string& model, const base::Principal& principal);
  void put_off(const storage::QueuedCall& row, bool tried);

  base::Loop& loop_;
  Pipeline& pipeline_;
  storage::QueuedCallStore& store_;
  FindKey find_key_;
  base::Cancellation cancellation_;  // never comes: what is under way goes with the loop
  int running_ = 0;
  base::TaskGroup tasks_;
};

}  // namespace headgate::gateway
