// What the fields of rules and approval policies cannot say: expressions parse, their paths are
// ones that calls have, facts come from pure tools, escalation leads somewhere. Pure.
#pragma once

#include <string_view>
#include <vector>

#include "agents/definitions/tool_config.h"
#include "base/config/problem.h"

namespace headgate::agents {

/// `root`: the whole document.
void check_policies(const ToolConfigs& tools, const ApprovalPolicyConfigs& approvals,
                    const base::config::Cursor& root, base::config::Problems& problems);

}  // namespace headgate::agents
