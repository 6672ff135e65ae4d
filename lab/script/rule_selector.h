// Picks what a script says to a request: the first matching rule with an answer, and the first
// matching fault and delay at or before it. Keeps the counters behind `nth` and `every`; the draws
// behind `share` come from the request's own seed, so they do not depend on the order of arrival.
// Single-threaded.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lab/script/conversation.h"
#include "lab/script/script.h"

namespace headgate::lab {

struct Selection {
  const Answer* answer = nullptr;  // null: no rule answers
  const Fault* fault = nullptr;
  Delay delay;
  std::string rule;        // name of the rule that answers, "#3" when it has none
  std::string fault_rule;  // likewise
};

class RuleSelector {
 public:
  explicit RuleSelector(const Script& script) : script_(script), matched_(script.rules.size()) {}

  Selection select(const Conversation& conversation, std::uint64_t request_seed);
  void reset() { matched_.assign(matched_.size(), 0); }

 private:
  bool matches(std::size_t index, const Conversation& conversation, std::uint64_t request_seed);

  const Script& script_;
  std::vector<std::int64_t> matched_;  // per rule: requests that fitted all but nth and every
};

}  // namespace headgate::lab
