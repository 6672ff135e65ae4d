// The limits of calls at a time as the admin API shows them: what /metrics has under
// headgate_concurrency_*, at one moment. Pure but for the locks of the limits, which are held for a
// moment each; called on the loop that answers.
#pragma once

#include <string>

#include "gateway/delivery/health.h"

namespace headgate::server {

std::string limits_json(const gateway::Health& health);

}  // namespace headgate::server
