// The admin API: what runs now, and what may be changed of it without a new configuration. Every
// request needs an API key with the scope `admin`, whatever auth.required says; errors are in
// OpenAI's form. Runs on the loop of its exchange and returns when the reply is sent or the caller
// gone.
#pragma once

#include "base/text/log.h"
#include "gateway/delivery/health.h"
#include "http/server/exchange.h"
#include "resilience/chaos/rules.h"
#include "server/loop_services.h"
#include "storage/audit/audit_trail.h"

namespace headgate::server {

/// What it works on; made by app.cc, shared by all loops.
struct AdminTools {
  gateway::Health& health;
  resilience::ChaosRules& chaos;
  storage::AuditTrail& audit;
  base::Log& log;
};

base::Async<void> admin(http::Exchange& exchange, LoopServices& services, AdminTools& tools);

}  // namespace headgate::server
