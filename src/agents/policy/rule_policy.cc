#include "agents/policy/rule_policy.h"

#include <algorithm>
#include <set>
#include <utility>

#include "agents/definitions/tool_templates.h"
#include "agents/http_tools/template_values.h"
#include "agents/policy/call_values.h"

namespace headgate::agents {

using base::Async;
using rules::Truth;

namespace {

bool has(const std::vector<std::string>& scopes, const std::string& scope) {
  return std::find(scopes.begin(), scopes.end(), scope) != scopes.end();
}

std::vector<std::string> missing_scopes(const base::Context& ctx, const PinnedTool& tool) {
  std::vector<std::string> out;
  for (const std::string& scope : tool.config.scopes) {
    if (!has(ctx.principal->scopes, scope)) out.push_back(scope);
  }
  return out;
}

bool grants_all(const ApprovalPolicy& policy, const std::vector<std::string>& scopes) {
  return std::all_of(scopes.begin(), scopes.end(),
                     [&](const std::string& scope) { return has(policy.config.grants, scope); });
}

Verdict lacks(const std::string& scope) {
  Verdict out;
  out.policy = "scopes";
  out.reason = "the caller lacks the scope " + scope;
  return out;
}

Verdict asks_people(std::string policy, std::string reason) {
  Verdict out;
  out.kind = Verdict::Kind::needs_approval;
  out.policy = std::move(policy);
  out.reason = std::move(reason);
  return out;
}

Verdict tainted(const Taints& taints) {
  Verdict out;
  out.policy = kTaintRule;
  out.reason = describe(taints) + ": give a value that the user has said";
  out.detail = to_json(taints);
  return out;
}

/// One decision: what is known of the call, and how it gets to know more.
class Decision {
 public:
  Decision(base::Context& ctx, const CallQuestion& question)
      : ctx_(ctx), question_(question), values_(ctx, question) {}

  Async<Verdict> make() {
    const std::vector<std::string> missing = missing_scopes(ctx_, question_.tool);
    const auto& approvals = question_.approvals;
    const bool may_be_raised =
        std::any_of(approvals.begin(), approvals.end(),
                    [&](const auto& one) { return grants_all(one, missing); });
    if (!missing.empty() && !may_be_raised) co_return lacks(missing.front());
    for (const Rule& rule : question_.tool.rules.rules) {
      const bool fine = co_await holds(rule);
      if (!fine) co_return denied_by(rule);
      authorised_by_ += ", " + rule.name;
    }
    const Taints taints = among(question_.taints, question_.tool.config.arguments_untainted);
    const bool refuses = question_.tool.config.on_taint == OnTaint::deny;
    if (!taints.empty() && refuses) co_return tainted(taints);
    const ApprovalPolicy* policy = co_await first_policy();
    if (!missing.empty() && (policy == nullptr || !grants_all(*policy, missing))) {
      co_return lacks(missing.front());
    }
    if (policy != nullptr) {
      const std::string& reason = policy->config.reason;
      const std::string why = reason.empty() ? "policy " + policy->name : reason;
      co_return asks_people(policy->name, taints.empty() ? why : why + "; " + describe(taints));
    }
    if (!taints.empty()) co_return asks_people(std::string(kTaintRule), describe(taints));
    if (question_.tool.config.approval == ApprovalWish::always) {
      co_return asks_people(std::string(kToolApproval),
                            "every call of " + question_.tool.name + " needs approval");
    }
    Verdict out;
    out.kind = Verdict::Kind::allow;
    out.policy = authorised_by_;
    co_return out;
  }

 private:
  Verdict denied_by(const Rule& rule) const {
    Verdict out;
    out.policy = rule.name;
    out.reason = rule.reason;
    out.detail = why_;
    return out;
  }

  Async<bool> holds(const Rule& rule) {
    if (rule.when) {
      const Truth is_for = co_await truth_of(*rule.when);
      if (is_for == Truth::no) co_return true;
    }
    const Truth truth = co_await truth_of(rule.require);
    if (truth == Truth::yes) co_return true;
    if (why_.empty()) {
      why_ = truth == Truth::no ? "it is not so" : "a value is missing, or not one to compare";
    }
    co_return false;
  }

  Async<const ApprovalPolicy*> first_policy() {
    for (const ApprovalPolicy& policy : question_.approvals) {
      const Truth truth = co_await truth_of(policy.when);
      if (truth != Truth::no) co_return &policy;
    }
    co_return nullptr;
  }

  // With facts only where it cannot be decided without.
  Async<Truth> truth_of(const rules::Expression& expression) {
    const Truth without = rules::evaluate(expression, values_);
    if (without != Truth::undecided) co_return without;
    bool more = false;
    for (const rules::Path* path : rules::paths_of(expression)) {
      if (path->parts.size() < 2 || path->parts.front() != "fact") continue;
      const std::string& name = path->parts[1];
      if (!asked_.insert(name).second) continue;
      const bool got = co_await fetch(name);
      more = more || got;
    }
    co_return more ? rules::evaluate(expression, values_) : without;
  }

  Async<bool> fetch(const std::string& name) {
    const FactConfig* fact = question_.tool.rules.facts.find(name);
    if (fact == nullptr || question_.facts == nullptr) co_return false;
    const FactAsk ask{fact->tool, arguments_of(*fact), fact->timeout_ms};
    auto told = co_await question_.facts->fetch(ctx_, ask);
    if (!told) {
      why_ = "the fact " + name + " could not be fetched: " + told.error().detail;
      co_return false;
    }
    values_.add_fact(name, std::move(*told));
    co_return true;
  }

  std::string arguments_of(const FactConfig& fact) const {
    if (fact.arguments.empty()) return "{}";
    TemplateValues values(ctx_, question_.arguments, question_.run_id);
    return fill_json(fact.arguments.text, [&](std::string_view name) { return values.find(name); });
  }

  base::Context& ctx_;
  const CallQuestion& question_;
  CallValues values_;
  std::set<std::string> asked_;
  std::string authorised_by_ = "scopes";
  std::string why_;
};

}  // namespace

Async<Verdict> RulePolicy::decide(base::Context& ctx, const CallQuestion& question) {
  Decision decision(ctx, question);
  auto out = co_await decision.make();
  co_return out;
}

}  // namespace headgate::agents
