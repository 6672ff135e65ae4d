// Which runs are being worked on, on which loop: one for the process, safe from any thread. A run
// is claimed by whoever drives it, so that two never do; commands for it are handed to that one;
// and whoever follows it is told when its journal has grown.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agents/approvals/approvers.h"
#include "agents/journal/entry.h"
#include "base/result.h"

namespace headgate::agents {

/// What somebody outside wants of a run.
struct Command {
  enum class Kind : std::uint8_t { cancel, decide, resume, expire };
  Kind kind = Kind::cancel;
  std::string by;
  std::string call;           // decide, resume: which
  ApprovalDecision decision;  // decide
  Decider decider;            // decide: who
  std::string outcome;        // resume: "happened", "did_not_happen", "repeat"; empty: as a whole
  std::string result;         // resume: what a call that happened came to
  std::function<void(base::Result<void>)> then;  // told when it is in the journal, or refused
};

class Board {
 public:
  /// Told, on the caller's thread and behind a lock, that a command waits. Must only hand it on.
  using Wake = std::function<void()>;

  /// False: somebody else drives it, or no more runs are taken.
  bool claim(const std::string& id, Wake wake);
  /// Takes the command where the run is driven. False: it is not; the command is as it was.
  bool post(const std::string& id, Command& command);
  std::optional<Command> take(const std::string& id);
  /// Whether one of those that wait is to cancel it.
  bool wants_cancel(const std::string& id) const;
  /// False: commands wait that have to be taken first.
  bool leave(const std::string& id);
  /// Whatever happens: commands that wait are refused.
  void abandon(const std::string& id);

  /// Its journal has grown up to `seq`.
  void published(const std::string& id, std::int64_t seq);
  /// `then` is called once: when there is more than `seq`, or it is not driven any more. False: it
  /// is not driven now, and `then` is not called.
  bool listen(const std::string& id, std::int64_t seq,
              std::function<void(base::Result<void>)> then);

  /// No more runs are taken; those that are driven stop at their next step.
  void drain();
  bool draining() const;
  std::size_t live() const;

 private:
  struct Listener {
    std::int64_t seq;
    std::function<void(base::Result<void>)> then;
  };
  struct Live {
    Wake wake;
    std::deque<Command> commands;
    std::int64_t seq = 0;
    std::vector<Listener> listeners;
  };
  /// Those who wait for less than `seq`.
  static void tell(Live& live, std::int64_t seq);

  mutable std::mutex mutex_;
  std::map<std::string, Live, std::less<>> live_;
  bool draining_ = false;
};

}  // namespace headgate::agents
