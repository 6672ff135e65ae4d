// Rules, facts and approval policies of the configuration, their expressions parsed: what a
// decision reads. Immutable once made; safe from any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agents/policy/config.h"
#include "agents/rules/expression.h"
#include "base/result.h"

namespace headgate::agents {

struct Rule {
  std::string name;  // "get_order.own_orders"
  std::optional<rules::Expression> when;
  rules::Expression require;
  std::string reason;
};

struct ToolRules {
  std::vector<Rule> rules;
  FactConfigs facts;

  /// Errors: config_invalid, naming the rule.
  static base::Result<ToolRules> compile(const std::string& tool,
                                         const std::vector<AuthoriseConfig>& authorise,
                                         const FactConfigs& facts);
};

struct ApprovalPolicy {
  std::string name;
  rules::Expression when;
  ApprovalPolicyConfig config;

  static base::Result<ApprovalPolicy> compile(const std::string& name,
                                              const ApprovalPolicyConfig& config);
};

/// Of the call's tool that wants a person for every call: whoever has the scope `operator`, once.
const ApprovalPolicyConfig& tool_approval();
/// Its name, where one of `approvals` would have its own.
inline constexpr std::string_view kToolApproval = "tool";
/// Of calls with an argument that may be tainted and must not.
inline constexpr std::string_view kTaintRule = "taint";

}  // namespace headgate::agents
