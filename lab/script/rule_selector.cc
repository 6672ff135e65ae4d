#include "lab/script/rule_selector.h"

#include <algorithm>

#include "base/random.h"
#include "lab/neutral/hash.h"

namespace headgate::lab {
namespace {

bool replies_itself(const Fault& fault) {
  return fault.kind == FaultKind::status || fault.kind == FaultKind::html ||
         fault.kind == FaultKind::reset || fault.kind == FaultKind::hang;
}

std::string label(const Rule& rule, std::size_t index) {
  return rule.name.empty() ? "#" + std::to_string(index + 1) : rule.name;
}

}  // namespace

bool RuleSelector::matches(std::size_t index, const Conversation& conversation,
                           std::uint64_t request_seed) {
  const Rule& rule = script_.rules[index];
  if (!conversation.fits(rule.match)) return false;
  if (rule.answer && !conversation.allows(*rule.answer)) return false;
  if (rule.match.share < 1) {
    base::SeededRandom random(mix(request_seed, index));
    if (random.unit() >= rule.match.share) return false;
  }
  const std::int64_t n = ++matched_[index];
  const auto& nth = rule.match.nth;
  if (!nth.empty() && std::find(nth.begin(), nth.end(), n) == nth.end()) return false;
  return rule.match.every == 0 || n % rule.match.every == 0;
}

Selection RuleSelector::select(const Conversation& conversation, std::uint64_t request_seed) {
  Selection selection;
  selection.delay = script_.delay;
  bool delayed = false;
  for (std::size_t i = 0; i < script_.rules.size(); ++i) {
    const Rule& rule = script_.rules[i];
    if (!matches(i, conversation, request_seed)) continue;
    if (rule.delay && !delayed) {
      selection.delay = *rule.delay;
      delayed = true;
    }
    if (rule.fault && selection.fault == nullptr) {
      selection.fault = &*rule.fault;
      selection.fault_rule = label(rule, i);
    }
    if (rule.answer) {
      selection.answer = &*rule.answer;
      selection.rule = label(rule, i);
    }
    if (rule.answer || (selection.fault && replies_itself(*selection.fault))) break;
  }
  return selection;
}

}  // namespace headgate::lab
