// Agents, their tools and to whom they hand over, drawn: as text for a terminal, for Mermaid and
// Graphviz, as JSON. Pure.
#pragma once

#include <cstdint>
#include <string>

#include "agents/definitions/agent_config.h"
#include "agents/definitions/tool_config.h"

namespace headgate::agents {

enum class GraphFormat : std::uint8_t { text, mermaid, dot, json };

std::string draw_graph(const ToolConfigs& tools, const AgentConfigs& agents, GraphFormat format);

}  // namespace headgate::agents
