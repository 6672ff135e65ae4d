// Runs that the program around Headgate asks for itself: the same runs as over HTTP, by calls that
// block. Any thread may call but the loops' own; each call runs as a coroutine on one of the loops
// and is answered once. Made by app.cc when the loops have their runners. That program is trusted:
// it says who calls, and sees all runs.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "agents/journal/fold.h"
#include "agents/run/runner.h"
#include "base/async/task_group.h"

namespace headgate::server {

struct LocalRun {
  agents::RunState state;
  storage::RunRow row;
};

struct LocalAsk {
  agents::RunAsk run;
  base::Principal who;
  std::string traceparent;  // W3C; empty or malformed: a new trace
};

struct LocalDecision {
  std::string run_id;
  std::string call_id;
  agents::ApprovalDecision decision;
  base::Principal who;
};

class LocalRuns {
 public:
  explicit LocalRuns(base::Log& log);
  ~LocalRuns();
  LocalRuns(const LocalRuns&) = delete;
  LocalRuns& operator=(const LocalRuns&) = delete;

  /// Before the loops run; both outlive it.
  void add_loop(base::Loop& loop, agents::Runner& runner);

  // Each: Errors: draining, when the program ends meanwhile.

  /// In the journal, and under way. Errors: as of Runner::create().
  base::Result<LocalRun> begin(const LocalAsk& ask);
  /// As it stands when it has ended, waits for a person, or `timeout` is over; nothing: however
  /// long that takes. Errors: not_found.
  base::Result<LocalRun> wait(const std::string& id, std::optional<base::Duration> timeout);
  /// Audited and in the journal. Errors: not_found, permission_denied, conflict.
  base::Result<void> decide(const LocalDecision& decision);
  /// Errors: not_found; conflict, it has ended.
  base::Result<void> cancel(const std::string& id, const base::Principal& who);

  /// Answers all calls under way, and refuses more. While the loops run still.
  void close();

 private:
  struct OfLoop;
  template <class T>
  struct Call;
  template <class T>
  using Work = std::function<base::Task<T>(base::Context&, agents::Runner&)>;

  template <class T>
  base::Result<T> on_a_loop(Work<T> work, std::optional<base::Duration> timeout = std::nullopt);
  template <class T>
  static base::Async<void> run(OfLoop& of, std::shared_ptr<Call<T>> call, Work<T> work);
  OfLoop* enter();
  void leave();

  base::Log& log_;
  std::deque<std::unique_ptr<OfLoop>> loops_;
  std::mutex mutex_;
  std::condition_variable left_;
  std::size_t next_ = 0;
  std::size_t calls_ = 0;  // under way
  bool closed_ = false;
};

}  // namespace headgate::server
