#include "agents/definitions/definitions.h"

#include <set>
#include <utility>

#include "base/config/load.h"
#include "base/text/strings.h"

namespace headgate::agents {

using base::Result;

namespace {

Result<std::string> prompt_of(const AgentConfig& agent) {
  if (agent.prompt_file.empty()) return agent.prompt;
  return base::config::read_config_file(agent.prompt_file);
}

void reach(const Definitions& all, std::string_view agent, std::set<std::string_view>& seen) {
  const AgentConfig* config = all.agents.find(agent);
  if (config == nullptr || !seen.insert(agent).second) return;
  for (const std::string& next : config->handoffs) reach(all, next, seen);
}

template <class T>
void copy_those(const base::config::OrderedMap<T>& from, const std::set<std::string_view>& names,
                base::config::OrderedMap<T>& to) {
  for (const auto& [name, value] : from) {
    if (names.count(name) != 0) to.add(name) = value;
  }
}

}  // namespace

Result<std::shared_ptr<const Definitions>> make_definitions(
    const ToolConfigs& tools, const AgentConfigs& agents, const ApprovalPolicyConfigs& approvals) {
  auto out = std::make_shared<Definitions>();
  out->tools = tools;
  out->approvals = approvals;
  for (const auto& [name, agent] : agents) {
    AgentConfig& kept = out->agents.add(name);
    kept = agent;
    kept.prompt.clear();  // from now on it is what was read, wherever that was
    kept.prompt_file.clear();
    auto prompt = prompt_of(agent);
    if (!prompt) {
      return base::fail(base::Errc::config_invalid,
                        "agents." + name + ".prompt_file: " + prompt.error().detail);
    }
    out->prompts.add(name).text = base::json_string(*prompt);
  }
  return std::shared_ptr<const Definitions>(std::move(out));
}

Definitions reachable(const Definitions& all, std::string_view agent) {
  std::set<std::string_view> agents;
  reach(all, agent, agents);
  std::set<std::string_view> tools;
  for (const auto& [name, config] : all.agents) {
    if (agents.count(name) != 0) tools.insert(config.tools.begin(), config.tools.end());
  }
  for (const auto& [name, config] : all.tools) {
    if (tools.count(name) == 0) continue;
    for (const auto& [fact, from] : config.facts) tools.insert(from.tool);
  }
  Definitions out;
  out.approvals = all.approvals;
  copy_those(all.tools, tools, out.tools);
  copy_those(all.agents, agents, out.agents);
  copy_those(all.prompts, agents, out.prompts);
  return out;
}

}  // namespace headgate::agents
