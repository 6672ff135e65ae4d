#include "agents/definitions/graph.h"

#include <fmt/format.h>

#include "base/json/writer.h"

namespace headgate::agents {

namespace {

std::string way_of(const ToolConfig& tool) {
  using base::config::EnumNames;
  if (tool.http) {
    const auto method = EnumNames<ToolMethod>::names[static_cast<std::size_t>(tool.http->method)];
    return fmt::format("{} {}", method, tool.http->url);
  }
  if (tool.mcp) return "MCP server " + tool.mcp->server;
  return tool.native ? "native" : "built in";
}

std::string tool_line(const std::string& name, const ToolConfig& tool) {
  std::string out = fmt::format("{} ({}, {})", name, agents::name(tool.effect), way_of(tool));
  if (tool.approval == ApprovalWish::always) out += ", needs approval";
  return out;
}

std::string as_text(const ToolConfigs& tools, const AgentConfigs& agents) {
  std::string out;
  for (const auto& [name, agent] : agents) {
    out += fmt::format("{} {} ({})\n", name, agent.version, agent.model);
    const std::size_t lines = agent.tools.size() + agent.handoffs.size();
    std::size_t line = 0;
    const auto branch = [&] { return ++line == lines ? "└─ " : "├─ "; };
    for (const std::string& tool : agent.tools) {
      const ToolConfig* config = tools.find(tool);
      const std::string text = config == nullptr ? tool : tool_line(tool, *config);
      out += fmt::format("{}Tool: {}\n", branch(), text);
    }
    for (const std::string& next : agent.handoffs) {
      out += fmt::format("{}Handoff: {}\n", branch(), next);
    }
  }
  return out;
}

// Identifiers that both languages take: names hold '-' too.
std::string node(std::string_view kind, std::string_view name) {
  std::string out = fmt::format("{}_{}", kind, name);
  for (char& c : out) {
    if (c == '-') c = '_';
  }
  return out;
}

std::string as_mermaid(const ToolConfigs& tools, const AgentConfigs& agents) {
  std::string out = "flowchart LR\n";
  for (const auto& [name, agent] : agents) {
    out += fmt::format("  {}[\"{}\"]\n", node("agent", name), name);
  }
  for (const auto& [name, tool] : tools) {
    const std::string effect(agents::name(tool.effect));
    out += fmt::format("  {}([\"{} ({})\"])\n", node("tool", name), name, effect);
  }
  for (const auto& [name, agent] : agents) {
    const std::string from = node("agent", name);
    for (const auto& tool : agent.tools)
      out += fmt::format("  {} --> {}\n", from, node("tool", tool));
    for (const auto& next : agent.handoffs) {
      out += fmt::format("  {} -. handoff .-> {}\n", from, node("agent", next));
    }
  }
  return out;
}

std::string as_dot(const ToolConfigs& tools, const AgentConfigs& agents) {
  std::string out = "digraph agents {\n  rankdir=LR;\n";
  for (const auto& [name, agent] : agents) {
    out += fmt::format("  {} [shape=box, label=\"{}\"];\n", node("agent", name), name);
  }
  for (const auto& [name, tool] : tools) {
    const std::string effect(agents::name(tool.effect));
    out +=
        fmt::format("  {} [shape=ellipse, label=\"{}\\n{}\"];\n", node("tool", name), name, effect);
  }
  for (const auto& [name, agent] : agents) {
    const std::string from = node("agent", name);
    for (const auto& tool : agent.tools)
      out += fmt::format("  {} -> {};\n", from, node("tool", tool));
    for (const auto& next : agent.handoffs) {
      out += fmt::format("  {} -> {} [style=dashed, label=handoff];\n", from, node("agent", next));
    }
  }
  return out + "}\n";
}

void write_names(base::json::Writer& writer, std::string_view key,
                 const std::vector<std::string>& names) {
  writer.array(key);
  for (const std::string& name : names) writer.string(name);
  writer.end_array();
}

std::string as_json(const ToolConfigs& tools, const AgentConfigs& agents) {
  std::string out;
  base::json::Writer writer(out);
  writer.begin_object();
  writer.array("agents");
  for (const auto& [name, agent] : agents) {
    writer.begin_object();
    writer.member("name", name);
    writer.member("version", agent.version);
    writer.member("model", agent.model);
    write_names(writer, "tools", agent.tools);
    write_names(writer, "handoffs", agent.handoffs);
    writer.end_object();
  }
  writer.end_array();
  writer.array("tools");
  for (const auto& [name, tool] : tools) {
    writer.begin_object();
    writer.member("name", name);
    writer.member("version", tool.version);
    writer.member("effect", agents::name(tool.effect));
    writer.member("kind", tool.http     ? "http"
                          : tool.mcp    ? "mcp"
                          : tool.native ? "native"
                                        : "builtin");
    writer.member("approval", tool.approval == ApprovalWish::always ? "always" : "never");
    write_names(writer, "scopes", tool.scopes);
    writer.end_object();
  }
  writer.end_array();
  writer.end_object();
  return out + "\n";
}

}  // namespace

std::string draw_graph(const ToolConfigs& tools, const AgentConfigs& agents, GraphFormat format) {
  switch (format) {
    case GraphFormat::mermaid: return as_mermaid(tools, agents);
    case GraphFormat::dot: return as_dot(tools, agents);
    case GraphFormat::json: return as_json(tools, agents);
    case GraphFormat::text: break;
  }
  return as_text(tools, agents);
}

}  // namespace headgate::agents
