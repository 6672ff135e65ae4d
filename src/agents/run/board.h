// Which runs are being worked on, on which loop: one for the process, safe from any thread. A run
// is claimed by whoever drives it, so that two never do; commands for it are handed to that one;
// and whoever follows it is told when its journal has grown, or the answer that is being written.
// There is one copy of that text, which everybody reads on from where he stands: whoever is slow
// gets more at once, and nobody keeps the run waiting.
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

/// Where somebody stands who follows a run.
struct Mark {
  std::int64_t seq = 0;      // behind which entry of the journal
  bool wants_text = false;   // also what is being written
  std::int64_t version = 0;  // of the text that he has seen
  std::size_t seen = 0;      // bytes of it
};

struct LiveText {
  std::int64_t seq = 0;      // of the entry that the call began with
  std::int64_t step = 0;     // of the run
  std::int64_t version = 0;  // another one: what was seen of the one before is withdrawn
  std::string text;
  bool is_cut = false;  // there is more, which is not shown
};

/// More than that of an answer is not shown as it is written, but with the journal's entry.
inline constexpr std::size_t kLiveTextBytesMax = 256 * 1024;

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
  /// `then` is called once: when there is more than the mark has, or it is not driven any more.
  /// False: it is not driven now, and `then` is not called.
  bool listen(const std::string& id, const Mark& mark,
              std::function<void(base::Result<void>)> then);

  /// A model is asked; its call began with the entry `seq`, the newest, which may not be on the
  /// disk yet: nobody sees the text before he has seen that.
  void text_begins(const std::string& id, std::int64_t seq, std::int64_t step);
  void text_written(const std::string& id, std::string_view piece);
  /// What was written so far is not the answer.
  void text_withdrawn(const std::string& id);
  /// What of it the mark has not; nothing: nothing, or entries come before it.
  std::optional<LiveText> text_behind(const std::string& id, const Mark& mark) const;

  /// No more runs are taken; those that are driven stop at their next step.
  void drain();
  bool draining() const;
  std::size_t live() const;

 private:
  struct Listener {
    Mark mark;
    std::function<void(base::Result<void>)> then;
  };
  struct Live {
    Wake wake;
    std::deque<Command> commands;
    std::int64_t seq = 0;
    LiveText text;
    std::vector<Listener> listeners;
  };
  static bool has_more(const Live& live, const Mark& mark);
  static bool has_text(const LiveText& text, const Mark& mark);
  /// Those for whom there is something; all of them when it is not driven any more.
  static void tell(Live& live, bool is_over);

  mutable std::mutex mutex_;
  std::map<std::string, Live, std::less<>> live_;
  bool draining_ = false;
};

}  // namespace headgate::agents
