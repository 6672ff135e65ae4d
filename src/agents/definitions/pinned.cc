#include "agents/definitions/pinned.h"

#include <utility>

#include "base/config/load.h"
#include "base/ids.h"
#include "base/text/sha256.h"

namespace headgate::agents {

using base::Errc;
using base::fail;
using base::Result;

namespace {

constexpr std::string_view kNoArguments = R"({"type":"object","properties":{}})";

Result<PinnedTool> make_tool(const std::string& name, const ToolConfig& config) {
  ToolInfo info;
  info.name = name;
  info.description = config.description;
  info.input_schema = config.input.empty() ? std::string(kNoArguments) : config.input.text;
  info.output_schema = config.output.text;
  info.effect = config.effect;
  PinnedTool out{name, config, std::make_shared<const Tool>(std::move(info)), std::nullopt, {}, {}};
  auto rules = ToolRules::compile(name, config.authorise, config.facts);
  if (!rules) return fail(Errc::internal, rules.error().detail);
  out.rules = std::move(*rules);
  std::vector<ResultTypes::Wrong> wrong_types;
  out.types = ResultTypes::compile(config.result_types, wrong_types);
  if (!wrong_types.empty()) {
    return fail(Errc::internal, name + ": " + wrong_types.front().what.what);
  }
  if (config.http) {
    ToolTemplates::Wrongs wrongs;
    out.templates = ToolTemplates::parse(*config.http, wrongs);
  }
  return out;
}

Result<PinnedAgent> make_agent(const std::string& name, const AgentConfig& config,
                               const Definitions& all) {
  PinnedAgent out{name, config, {}, std::nullopt};
  const base::config::Json* prompt = all.prompts.find(name);
  if (prompt == nullptr) return fail(Errc::internal, "no prompt of the agent " + name);
  out.prompt = plain_value(prompt->text);
  if (config.output_schema.empty()) return out;
  auto schema = guardrails::JsonSchema::compile(config.output_schema.text);
  if (!schema) return fail(Errc::internal, schema.error().detail);
  out.output.emplace(std::move(*schema));
  return out;
}

}  // namespace

std::string Pinned::write(const Definitions& definitions) {
  return base::config::to_json(definitions);
}

Result<std::shared_ptr<const Pinned>> Pinned::read(std::string text) {
  const auto all = base::config::read_json<Definitions>(text);
  if (!all) return fail(Errc::internal, "the run's definition: " + all.error().detail);
  auto out = std::make_shared<Pinned>();
  out->digest_ = "sha256:" + base::sha256_hex(text);
  out->text_ = std::move(text);
  for (const auto& [name, config] : all->tools) {
    auto tool = make_tool(name, config);
    if (!tool) return tool.error();
    out->tools_.emplace(name, std::move(*tool));
  }
  for (const auto& [name, config] : all->approvals) {
    auto policy = ApprovalPolicy::compile(name, config);
    if (!policy) return fail(Errc::internal, policy.error().detail);
    out->approvals_.push_back(std::move(*policy));
  }
  for (const auto& [name, config] : all->agents) {
    auto agent = make_agent(name, config, *all);
    if (!agent) return agent.error();
    out->agents_.emplace(name, std::move(*agent));
  }
  return std::shared_ptr<const Pinned>(std::move(out));
}

const PinnedAgent* Pinned::agent(std::string_view name) const {
  const auto at = agents_.find(name);
  return at == agents_.end() ? nullptr : &at->second;
}

const PinnedTool* Pinned::tool(std::string_view name) const {
  const auto at = tools_.find(name);
  return at == tools_.end() ? nullptr : &at->second;
}

const ApprovalPolicyConfig& Pinned::approval(std::string_view policy) const {
  for (const ApprovalPolicy& one : approvals_) {
    if (one.name == policy) return one.config;
  }
  return tool_approval();
}

}  // namespace headgate::agents
