#include "agents/policy/check.h"

#include <algorithm>
#include <array>
#include <set>
#include <string>

#include "agents/definitions/tool_templates.h"
#include "agents/policy/compiled.h"
#include "agents/rules/lexer.h"
#include "agents/rules/parser.h"

namespace headgate::agents {

using base::config::Cursor;
using base::config::Place;
using base::config::Problems;

namespace {

/// What paths of a rule may begin with: "args.order_id". `any_args`: nobody knows the arguments.
struct KnownPaths {
  std::set<std::string> paths{"principal.user",   "principal.tenant", "principal.tier",
                              "principal.scopes", "principal.key_id", "run.agent",
                              "run.session",      "run.cost_usd",     "tool.name",
                              "call.labels",      "call.tainted",     "call.trusted"};
  bool any_args = false;

  void add(const ToolConfig& tool) {
    any_args = any_args || tool.has_input_elsewhere();
    for (const std::string& name : property_names(tool.input.text)) paths.insert("args." + name);
    for (const auto& [name, fact] : tool.facts) paths.insert("fact." + name);
  }
};

// A place within a text of the document, where that stands in one piece there.
Place place_in(const Cursor& at, const std::string& text, const rules::Spot& spot) {
  Place out = at.place();
  if (!at.present() || text.find('\n') != std::string::npos) return out;
  out.mark.column += spot.column - 1 + (at.node().quoted ? 1 : 0);
  return out;
}

// "1:17: what" apart.
rules::Spot take_spot(std::string& detail) {
  rules::Spot out;
  const std::size_t first = detail.find(':');
  const std::size_t second = detail.find(": ", first + 1);
  if (second == std::string::npos) return out;
  out.line = std::stoi(detail.substr(0, first));
  out.column = std::stoi(detail.substr(first + 1, second - first - 1));
  return out;
}

void check_path(const rules::Path& path, const std::string& text, const KnownPaths& known,
                const Cursor& at, Problems& problems) {
  const std::string head =
      path.parts.size() == 1 ? path.parts.front() : path.parts[0] + "." + path.parts[1];
  const bool is_arg = path.parts.size() > 1 && path.parts.front() == "args";
  if (known.paths.count(head) != 0 || (is_arg && known.any_args)) return;
  const rules::Spot spot = rules::spot_of(text, path.at);
  const std::string where = std::to_string(spot.line) + ":" + std::to_string(spot.column);
  problems.add_unknown(place_in(at, text, spot), where + ": calls have no `" + head + "`", head,
                       known.paths);
}

void check_rule(const std::string& text, const KnownPaths& known, const Cursor& at,
                Problems& problems) {
  const auto parsed = rules::parse(text);
  if (!parsed) {
    std::string detail = parsed.error().detail;
    const rules::Spot spot = take_spot(detail);
    problems.add(place_in(at, text, spot), std::move(detail));
    return;
  }
  for (const rules::Path* path : paths_of(*parsed)) check_path(*path, text, known, at, problems);
}

void check_arguments(const FactConfig& fact, const ToolConfig& tool, const Cursor& at,
                     Problems& problems) {
  std::vector<std::string> wrongs;
  const auto names = json_template_names(fact.arguments.text, wrongs);
  for (const std::string& wrong : wrongs) problems.add(at["arguments"], wrong);
  if (tool.has_input_elsewhere()) return;
  const std::vector<std::string> known = property_names(tool.input.text);
  for (const std::string& name : names) {
    if (is_context_name(name)) continue;
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    problems.add_unknown(at["arguments"], "no such argument in the tool's input: {" + name + "}",
                         name, known);
  }
}

void check_fact(const FactConfig& fact, const ToolConfig& of, const ToolConfigs& tools,
                const Cursor& at, Problems& problems) {
  check_arguments(fact, of, at, problems);
  if (fact.tool.empty()) return;  // said already
  const ToolConfig* tool = tools.find(fact.tool);
  if (tool == nullptr) {
    problems.add_unknown(at["tool"], "no such tool", fact.tool, tools.names());
  } else if (tool->effect != Effect::pure) {
    problems.add(at["tool"], "facts come from pure tools; `" + fact.tool + "` has effects");
  } else if (tool->approval == ApprovalWish::always) {
    problems.add(at["tool"], "facts come without asking; `" + fact.tool + "` wants approval");
  }
}

void check_tool(const std::string& name, const ToolConfig& tool, const ToolConfigs& tools,
                const Cursor& at, Problems& problems) {
  KnownPaths known;
  known.add(tool);
  std::set<std::string> names;
  for (std::size_t i = 0; i < tool.authorise.size(); ++i) {
    const AuthoriseConfig& rule = tool.authorise[i];
    const Cursor place = at["authorise"].child(i);
    if (!rule.name.empty() && !names.insert(rule.name).second) {
      problems.add(place["name"], "another rule of " + name + " is called so");
    }
    if (!rule.when.empty()) check_rule(rule.when, known, place["when"], problems);
    if (!rule.require.empty()) check_rule(rule.require, known, place["require"], problems);
  }
  for (const auto& [fact, config] : tool.facts) {
    check_fact(config, tool, tools, at["facts"][fact], problems);
  }
}

void check_approval(const std::string& name, const ApprovalPolicyConfig& policy,
                    const KnownPaths& known, const Cursor& at, Problems& problems) {
  if (name == kToolApproval) {
    problems.add(at.key_place(), "`tool` is the name of approval: always");
  }
  if (name == kTaintRule) problems.add(at.key_place(), "`taint` is the name of on_taint: approve");
  if (!policy.when.empty()) check_rule(policy.when, known, at["when"], problems);
  const bool escalates = policy.on_timeout == OnApprovalTimeout::escalate;
  if (escalates && !policy.escalate_to) {
    problems.add(at["on_timeout"], "to escalate, say to whom: escalate_to");
  }
  if (!escalates && policy.escalate_to) {
    problems.add(at["escalate_to"], "is for on_timeout: escalate");
  }
  if (escalates && !policy.timeout_s) {
    problems.add(at["timeout_s"], "must be given for on_timeout: escalate");
  }
}

}  // namespace

void check_policies(const ToolConfigs& tools, const ApprovalPolicyConfigs& approvals,
                    const Cursor& root, Problems& problems) {
  KnownPaths all;
  for (const auto& [name, tool] : tools) {
    check_tool(name, tool, tools, root["tools"][name], problems);
    all.add(tool);
  }
  for (const auto& [name, policy] : approvals) {
    check_approval(name, policy, all, root["approvals"][name], problems);
  }
}

}  // namespace headgate::agents
