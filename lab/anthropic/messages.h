// The `messages` of a request, with the rules that tie them together: tool results come first in
// the message after the tool uses they answer, thinking goes back where it came from, only the last
// message may be empty. Pure.
#pragma once

#include "lab/anthropic/blocks.h"
#include "lab/neutral/recent_set.h"

namespace headgate::lab::anthropic {

struct MessageRules {
  bool is_2026 = false;           // by version 2026-10-21
  bool thinking_enabled = false;  // "enabled": with a budget, not adaptive
  /// Ids of tool uses that the lab gave after a thinking block.
  const RecentSet& thought_calls;
};

/// Adds messages, tokens and cache blocks to `out`.
void read_messages(const Node& messages, const MessageRules& rules, CacheMarks& marks, Prompt& out);
/// The same for the top-level `system`.
void read_system(const Node& system, const MessageRules& rules, CacheMarks& marks, Prompt& out);

}  // namespace headgate::lab::anthropic
