// What the fields of privilege separation cannot say: types make sense, arguments that must not be
// tainted are the tool's, a reader is there where one is needed, and no description of a tool comes
// from a server that nobody vouches for. Pure.
#pragma once

#include "agents/definitions/check.h"

namespace headgate::agents {

/// `root`: the whole document.
void check_separation(const ToolConfigs& tools, const AgentConfigs& agents, const KnownNames& known,
                      const base::config::Cursor& root, base::config::Problems& problems);

}  // namespace headgate::agents
