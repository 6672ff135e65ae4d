// Waiting for a run: until it has more entries, until there is more of the answer that is being
// written, or until nobody works on it. Whoever drives it may be on any loop; whoever waits is on
// its own and reads the journal.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agents/run/runner.h"

namespace headgate::server {

/// Either text or entries; neither: the run does not go on by itself any more.
struct RunNews {
  std::vector<storage::RunEntry> entries;
  std::optional<agents::LiveText> text;

  bool is_over() const { return entries.empty() && !text; }
};

/// What is behind the mark, as soon as there is something. Text comes where it belongs: behind the
/// entry that its call began with, before the one that it ends with.
base::Task<RunNews> next_news(base::Context& ctx, agents::Runner& runner, const std::string& id,
                              const agents::Mark& mark);

struct TextChange {
  std::int64_t step = 0;
  bool withdrawn = false;  // what was shown of this step; before `piece`
  std::string piece;       // may be empty
};

/// What somebody who follows a run has been shown of the answer that is being written, and what he
/// has to be told so that the pieces he got, put together, are what the journal says in the end:
/// the rest of it, or that what he got was not the answer.
class FollowedText {
 public:
  /// `after`: the entry of the journal that he goes on behind.
  explicit FollowedText(std::int64_t after) { mark_ = {after, true, 0, 0}; }

  const agents::Mark& mark() const { return mark_; }
  /// Whether something of an answer was shown that the journal has not yet.
  bool is_open() const { return !shown_.empty(); }
  TextChange add(const agents::LiveText& text);
  /// What is said before `entry`. All entries come here, in order.
  TextChange settle(const storage::RunEntry& entry);

 private:
  agents::Mark mark_;
  std::int64_t step_ = 0;
  std::string shown_;
};

/// Until it has ended or waits for a person.
base::Task<void> wait_for_run(base::Context& ctx, agents::Runner& runner, const std::string& id);
/// What its journal adds up to now. REQUIRES: the caller may see it.
base::Task<agents::RunState> state_of(base::Context& ctx, agents::Runner& runner,
                                      const std::string& id);

}  // namespace headgate::server
