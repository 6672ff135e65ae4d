// What a run was begun with: its agents and their tools, ready for use, with the text that they
// were read from. The text is kept with the run, so that neither a reload nor a restart changes a
// run under way; its digest says whether two runs had the same. Immutable; safe from any thread.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "agents/definitions/definitions.h"
#include "agents/definitions/tool_templates.h"
#include "agents/policy/compiled.h"
#include "agents/quarantine/result_types.h"
#include "agents/tools/tool.h"

namespace headgate::agents {

struct PinnedTool {
  std::string name;
  ToolConfig config;
  std::shared_ptr<const Tool> tool;        // schemas compiled
  std::optional<ToolTemplates> templates;  // of a tool over HTTP
  ToolRules rules;
  ResultTypes types;
};

struct PinnedAgent {
  std::string name;
  AgentConfig config;
  std::string prompt;
  std::optional<guardrails::JsonSchema> output;  // nothing: any text
};

class Pinned {
 public:
  /// Errors: internal: the text is not one that write() made.
  static base::Result<std::shared_ptr<const Pinned>> read(std::string text);
  static std::string write(const Definitions& definitions);

  const std::string& text() const { return text_; }
  const std::string& digest() const { return digest_; }
  /// Null: there is none of that name.
  const PinnedAgent* agent(std::string_view name) const;
  const PinnedTool* tool(std::string_view name) const;
  const std::vector<ApprovalPolicy>& approvals() const { return approvals_; }
  /// Of the policy that asked; of `approval: always`, tool_approval().
  const ApprovalPolicyConfig& approval(std::string_view policy) const;

 private:
  std::string text_;
  std::string digest_;  // "sha256:…"
  std::map<std::string, PinnedAgent, std::less<>> agents_;
  std::map<std::string, PinnedTool, std::less<>> tools_;
  std::vector<ApprovalPolicy> approvals_;
};

}  // namespace headgate::agents
