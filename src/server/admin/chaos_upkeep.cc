#include "server/admin/chaos_upkeep.h"

#include <string>
#include <utility>

namespace headgate::server {

void switch_chaos(AdminTools& tools, bool enabled) {
  const std::size_t ended = tools.chaos.allow(enabled);
  if (enabled) tools.log.warn("chaos_enabled", {{"effect", "rules may make calls fail"}});
  if (ended == 0) return;
  tools.log.warn("chaos_ended", {{"rules", ended}, {"why", "chaos.enabled: false"}});
  storage::AuditAction what;
  what.action = "chaos.disable";
  what.subject = "all rules";
  what.detail = "{\"rules\":" + std::to_string(ended) + ",\"by\":\"reload\"}";
  // It is reported when it cannot be written.
  tools.audit.record(std::move(what), [](const base::Result<storage::AuditEntry>&) {});
}

void tell_ended_chaos(AdminTools& tools, base::MonoTime now) {
  for (const auto& entry : tools.chaos.sweep(now)) {
    tools.log.info("chaos_rule_ended", {{"rule", entry->rule.id},
                                        {"hits", entry->hits.load()},
                                        {"why", entry->used_up() ? "max_hits" : "its time"}});
  }
}

}  // namespace headgate::server
