#include "agents/policy/denials.h"

#include "base/json/writer.h"

namespace headgate::agents {

// Tools and rules are the configuration's, so their number is bounded.
void Denials::count(const std::string& tool, const std::string& rule) {
  const std::lock_guard lock(mutex_);
  const auto [at, is_new] = counts_.try_emplace({tool, rule}, 0);
  ++at->second;
  if (!is_new) return;
  metrics_.on_scrape_total("headgate_tool_calls_denied_total",
                           "Calls of tools that were not allowed, by tool and rule.",
                           {{"tool", tool}, {"rule", rule}},
                           [&count = at->second] { return static_cast<double>(count.load()); });
}

void Denials::note(storage::AuditTrail& audit, const Denial& denial, const Verdict& verdict) {
  count(denial.tool, verdict.policy);
  storage::AuditAction what;
  what.actor = denial.actor;
  what.action = "call.denied";
  what.subject = denial.subject;
  base::json::Writer writer(what.detail);
  writer.begin_object();
  writer.member("tool", denial.tool);
  if (!denial.agent.empty()) writer.member("agent", denial.agent);
  writer.member("rule", verdict.policy);
  writer.member("reason", verdict.reason);
  if (!verdict.detail.empty()) writer.member("detail", verdict.detail);
  writer.end_object();
  audit.record(std::move(what), [](const base::Result<storage::AuditEntry>&) {});
}

}  // namespace headgate::agents
