// What the fields of tools and agents cannot say: names fit, schemas compile, templates name
// arguments that there are, tools and agents that are named exist. Everything wrong at once, each
// at its place. Pure.
#pragma once

#include <string_view>
#include <vector>

#include "agents/definitions/agent_config.h"
#include "agents/definitions/tool_config.h"
#include "base/config/problem.h"

namespace headgate::agents {

/// What definitions may refer to outside themselves.
struct KnownNames {
  std::vector<std::string_view> models;
  std::vector<std::string_view> mcp_servers;
  std::vector<std::string_view> knowledge;
};

/// `root`: the whole document.
void check(const ToolConfigs& tools, const AgentConfigs& agents, const KnownNames& known,
           const base::config::Cursor& root, base::config::Problems& problems);

/// In front of the name of an agent: the tool that hands over to it.
inline constexpr std::string_view kTransfer = "transfer_to_";

}  // namespace headgate::agents
