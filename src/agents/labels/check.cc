#include "agents/labels/check.h"

#include <algorithm>
#include <set>

#include "agents/definitions/tool_templates.h"
#include "agents/quarantine/result_types.h"

namespace headgate::agents {

using base::config::Cursor;
using base::config::Problems;

namespace {

void check_types(const ToolConfig& tool, const Cursor& at, Problems& problems) {
  std::vector<ResultTypes::Wrong> wrongs;
  ResultTypes::compile(tool.result_types, wrongs);
  for (const ResultTypes::Wrong& wrong : wrongs) {
    problems.add(at[wrong.field][wrong.what.key], wrong.what.what);
  }
}

void check_arguments(const ToolConfig& tool, const Cursor& at, Problems& problems) {
  const auto& names = tool.arguments_untainted;
  const bool is_known = !tool.has_input_elsewhere();
  const std::vector<std::string> known = property_names(tool.input.text);
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (!is_known || std::find(known.begin(), known.end(), names[i]) != known.end()) continue;
    problems.add_unknown(at["arguments_untainted"].child(i),
                         "no such argument in the tool's input: " + names[i], names[i], known);
  }
  if (tool.on_taint == OnTaint::approve && names.empty()) {
    problems.add(at["on_taint"], "is for arguments_untainted, of which there are none");
  }
}

bool needs_reader(const ToolConfig& tool) {
  if (tool.result_trust == Trust::trusted) return false;
  return std::any_of(tool.result_types.begin(), tool.result_types.end(),
                     [](const auto& field) { return field.second.from.empty(); });
}

void check_quarantine(const AgentConfig& agent, const ToolConfigs& tools, const KnownNames& known,
                      const Cursor& at, Problems& problems) {
  const std::string& reader = agent.quarantine->reader;
  if (!reader.empty()) {
    const auto& models = known.models;
    if (std::find(models.begin(), models.end(), reader) != models.end()) return;
    problems.add_unknown(at["reader"], "no such model", reader, models);
    return;
  }
  for (const std::string& name : agent.tools) {
    const ToolConfig* tool = tools.find(name);
    if (tool == nullptr || !needs_reader(*tool)) continue;
    problems.add(at["reader"], "must be given: `" + name + "` has values that stand in text");
    return;
  }
}

bool has_guard(const AgentConfig& agent, const ToolConfigs& tools) {
  return agent.quarantine || std::any_of(agent.tools.begin(), agent.tools.end(), [&](auto& name) {
           const ToolConfig* tool = tools.find(name);
           return tool != nullptr && !tool->arguments_untainted.empty();
         });
}

/// All that may take part in a run that begins with an agent.
struct Party {
  std::set<std::string_view> agents;
  std::set<std::string_view> tools;
  bool is_guarded = false;

  void add(const std::string& name, const AgentConfigs& all, const ToolConfigs& known) {
    const AgentConfig* agent = all.find(name);
    if (agent == nullptr || !agents.insert(name).second) return;
    tools.insert(agent->tools.begin(), agent->tools.end());
    is_guarded = is_guarded || has_guard(*agent, known);
    for (const std::string& next : agent->handoffs) add(next, all, known);
  }
};

// What a remote server says of its tools stands in prompts, and may be meant for whoever has the
// word next.
void check_descriptions(const AgentConfigs& agents, const ToolConfigs& tools, const Cursor& root,
                        Problems& problems) {
  std::set<std::string_view> used;
  for (const auto& [name, agent] : agents) {
    Party party;
    party.add(name, agents, tools);
    if (party.is_guarded) used.merge(party.tools);
  }
  for (const auto& [name, tool] : tools) {
    const bool is_open = tool.mcp && tool.result_trust == Trust::untrusted && tool.input.empty();
    if (!is_open || used.count(name) == 0) continue;
    problems.add(root["tools"][name],
                 "needs an input of its own, since an agent of the same run has "
                 "arguments_untainted or quarantine: what its server says of it is not trusted");
  }
}

}  // namespace

void check_separation(const ToolConfigs& tools, const AgentConfigs& agents, const KnownNames& known,
                      const Cursor& root, Problems& problems) {
  for (const auto& [name, tool] : tools) {
    const Cursor at = root["tools"][name];
    check_types(tool, at["result_types"], problems);
    check_arguments(tool, at, problems);
  }
  for (const auto& [name, agent] : agents) {
    if (!agent.quarantine) continue;
    check_quarantine(agent, tools, known, root["agents"][name]["quarantine"], problems);
  }
  check_descriptions(agents, tools, root, problems);
}

}  // namespace headgate::agents
