// An action of the admin API and its entry in the audit trail: done when the entry is on the disk,
// by the trail's thread, in the order of the entries; not done when the entry cannot be written.
// Once it was handed over it is done, also when its caller goes away.
#pragma once

#include <functional>

#include "base/context.h"
#include "server/admin/admin.h"

namespace headgate::server {

/// `act` must not block, and owns what it needs. REQUIRES: ctx.principal.
/// Errors: storage_failed and others: nothing was done.
base::Task<void> audited(base::Context& ctx, AdminTools& tools, storage::AuditAction what,
                         std::function<void()> act);

}  // namespace headgate::server
