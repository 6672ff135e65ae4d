#include "server/admin/audited.h"

#include <utility>

#include "base/async/handoff.h"

namespace headgate::server {

using base::Result;

namespace {

void log(base::Log& to, const storage::AuditEntry& entry) {
  to.info("audited", {{"seq", entry.seq},
                      {"action", entry.what.action},
                      {"subject", entry.what.subject},
                      {"key_id", entry.what.actor.key_id},
                      {"hash", entry.hash}});
}

}  // namespace

base::Task<void> audited(base::Context& ctx, AdminTools& tools, storage::AuditAction what,
                         AdminAct act) {
  what.actor = {ctx.principal->key_id, ctx.user, ctx.principal->tenant};
  base::Handoff<void> done(ctx.loop, ctx.cancellation);
  auto tell = done.receiver();
  auto then = [&to = tools.log, act = std::move(act), tell](Result<storage::AuditEntry> entry) {
    if (!entry) {
      tell(base::fail(base::Errc::storage_failed,
                      "nothing was done, because the audit trail could not be written: " +
                          entry.error().detail));
      return;
    }
    log(to, *entry);
    tell(act());
  };
  tools.audit.record(std::move(what), std::move(then));
  auto result = co_await done;
  co_return result;
}

}  // namespace headgate::server
