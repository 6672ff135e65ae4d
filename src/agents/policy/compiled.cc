#include "agents/policy/compiled.h"

#include <utility>

#include "agents/rules/parser.h"

namespace headgate::agents {

using base::Result;

namespace {

constexpr std::string_view kNoReason = "the caller may not do this";

base::Error named(const std::string& name, const base::Error& error) {
  return base::fail(base::Errc::config_invalid, name + ": " + error.detail);
}

std::string name_of(const std::string& tool, const AuthoriseConfig& rule, std::size_t place) {
  if (!rule.name.empty()) return tool + "." + rule.name;
  return tool + ".authorise[" + std::to_string(place) + "]";
}

}  // namespace

Result<ToolRules> ToolRules::compile(const std::string& tool,
                                     const std::vector<AuthoriseConfig>& authorise,
                                     const FactConfigs& facts) {
  ToolRules out;
  out.facts = facts;
  for (const AuthoriseConfig& config : authorise) {
    Rule& rule = out.rules.emplace_back();
    rule.name = name_of(tool, config, out.rules.size() - 1);
    rule.reason = config.reason.empty() ? std::string(kNoReason) : config.reason;
    auto require = rules::parse(config.require);
    if (!require) return named(rule.name, require.error());
    rule.require = std::move(*require);
    if (config.when.empty()) continue;
    auto when = rules::parse(config.when);
    if (!when) return named(rule.name, when.error());
    rule.when = std::move(*when);
  }
  return out;
}

Result<ApprovalPolicy> ApprovalPolicy::compile(const std::string& name,
                                               const ApprovalPolicyConfig& config) {
  auto when = rules::parse(config.when);
  if (!when) return named(name, when.error());
  return ApprovalPolicy{name, std::move(*when), config};
}

const ApprovalPolicyConfig& tool_approval() {
  static const ApprovalPolicyConfig policy;
  return policy;
}

}  // namespace headgate::agents
