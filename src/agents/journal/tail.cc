#include "agents/journal/tail.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <mutex>
#include <utility>
#include <vector>

#include "base/async/handoff.h"

namespace headgate::agents {

using base::Errc;
using base::Result;
using base::Task;

namespace {

constexpr std::int64_t kEntriesAhead = 16;  // three steps

}  // namespace

// Shared with the store's thread, which may be done with an entry when the run is gone.
struct JournalTail::Written {
  struct Waiter {
    std::int64_t seq;
    std::function<void(Result<void>)> then;
  };

  explicit Written(std::int64_t seq_now) : seq(seq_now) {}

  bool has(std::int64_t wanted) const { return !result || seq >= wanted; }

  void settle(std::int64_t upto, const Result<void>& appended) {
    std::vector<Waiter> ready;
    Result<void> now;
    {
      const std::lock_guard lock(mutex);
      if (!appended && result) result = base::fail(Errc::storage_failed, appended.error().detail);
      if (result) seq = upto;
      const auto still = std::partition(waiting.begin(), waiting.end(),
                                        [&](const Waiter& one) { return !has(one.seq); });
      std::move(still, waiting.end(), std::back_inserter(ready));
      waiting.erase(still, waiting.end());
      now = result;
    }
    for (const Waiter& one : ready) one.then(now);
  }

  void wait(Waiter one) {
    {
      const std::lock_guard lock(mutex);
      if (!has(one.seq)) {
        waiting.push_back(std::move(one));
        return;
      }
    }
    one.then(so_far());
  }

  Result<void> so_far() const {
    const std::lock_guard lock(mutex);
    return result;
  }

  std::int64_t newest() const {
    const std::lock_guard lock(mutex);
    return seq;
  }

  mutable std::mutex mutex;
  std::int64_t seq;
  Result<void> result;  // the first failure stays
  std::vector<Waiter> waiting;
};

JournalTail::JournalTail(base::Loop& loop, storage::RunStore& store, std::int64_t seq,
                         OnWritten on_written)
    : loop_(loop),
      store_(store),
      on_written_(std::move(on_written)),
      seq_(seq),
      written_(std::make_shared<Written>(seq)) {}

// The table takes no entry that is not the one behind its last.
void JournalTail::append(storage::RunAppend more) {
  seq_ = more.entries.back().seq;
  const auto settle = [written = written_, tell = on_written_,
                       seq = seq_](const Result<void>& appended) {
    if (appended) tell(seq);
    written->settle(seq, appended);
  };
  store_.append(std::move(more), settle);
}

Result<void> JournalTail::so_far() const { return written_->so_far(); }

bool JournalTail::is_far_ahead() const { return seq_ - written_->newest() > kEntriesAhead; }

Task<void> JournalTail::on_disk() {
  base::Handoff<void> there(loop_, never_);
  written_->wait({seq_, there.receiver()});
  auto result = co_await there;
  co_return result;
}

}  // namespace headgate::agents
