// An action of the admin API and its entry in the audit trail: done when the entry is on the disk,
// by the trail's thread, in the order of the entries; not done when the entry cannot be written.
// Once it was handed over it is done, also when its caller goes away.
#pragma once

#include <functional>

#include "base/context.h"
#include "server/admin/admin.h"

namespace headgate::server {

using AdminAct = std::function<base::Result<void>()>;

/// `act` must not block, and owns what it needs; it may fail, where another action came before it.
/// REQUIRES: ctx.principal. Errors: those of `act`; storage_failed: nothing was done.
base::Task<void> audited(base::Context& ctx, AdminTools& tools, storage::AuditAction what,
                         AdminAct act);

}  // namespace headgate::server
