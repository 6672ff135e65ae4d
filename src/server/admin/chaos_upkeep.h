// What becomes of the rules of chaos without anybody asking: switched on and off by a reload, ended
// by themselves. Called on the main thread; says in the log what has ended, and a reload that ends
// rules has an entry in the audit trail.
#pragma once

#include "base/clock.h"
#include "server/admin/admin.h"

namespace headgate::server {

/// At start-up and after a reload. Rules end at once, also when that cannot be audited.
void switch_chaos(AdminTools& tools, bool enabled);

/// Every now and then.
void tell_ended_chaos(AdminTools& tools, base::MonoTime now);

}  // namespace headgate::server
