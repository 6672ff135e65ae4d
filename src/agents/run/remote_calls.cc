// Calls of remote tools that come without a run, by way of /mcp: the rules of those tools of the
// configuration that stand for the same remote tool hold for them, too.
#include "agents/policy/denials.h"
#include "agents/reach/facts.h"
#include "agents/run/runner.h"

namespace headgate::agents {

using base::Errc;
using base::fail;
using base::Result;
using base::Task;

namespace {

constexpr std::string_view kNoRun = "mcp";

Denial denial_of(const base::Context& ctx, const std::string& tool) {
  const base::Principal& who = *ctx.principal;
  return {{who.key_id, ctx.user, who.tenant}, "mcp/" + ctx.request_id, tool, {}};
}

bool is_for(const std::string& name, const ToolConfig& config, std::string_view remote) {
  return config.mcp && remote_name(name, *config.mcp) == remote;
}

}  // namespace

Result<std::shared_ptr<const Pinned>> Runner::pinned_all() {
  const std::shared_ptr<const Definitions> all = definitions_.get();
  if (all_pinned_ && all_pinned_from_ == all) return all_pinned_;
  auto pinned = Pinned::read(Pinned::write(*all));
  if (!pinned) return pinned.error();
  all_pinned_from_ = all;
  all_pinned_ = *pinned;
  return all_pinned_;
}

Task<void> Runner::may_call(base::Context& ctx, std::string_view remote,
                            std::string_view arguments) {
  const std::shared_ptr<const Definitions> all = definitions_.get();
  for (const auto& [name, config] : all->tools) {
    if (!is_for(name, config, remote)) continue;
    auto pinned = pinned_all();
    if (!pinned) co_return pinned.error();
    auto may = co_await may_call_as(ctx, name, arguments, **pinned);
    if (!may) co_return may;
  }
  co_return Result<void>{};
}

Task<void> Runner::may_call_as(base::Context& ctx, const std::string& name,
                               std::string_view arguments, const Pinned& pinned) {
  const PinnedTool& tool = *pinned.tool(name);
  const auto find = [&pinned](std::string_view fact) { return pinned.tool(fact); };
  const auto tell = [](const FactFetched&) {};
  const Reach reach{tools_.http, tools_.mcp, tools_.retriever, tools_.native};
  ReachedFacts facts(reach, std::string(kNoRun), find, tell);
  // Nobody here knows what the client's own model has read.
  const std::vector<std::string> labels{std::string(kClientLabel)};
  Provenance provenance;
  provenance.sources.push_back({{}, labels});
  const TaintAsk ask{provenance, {}, tool.tool->info().input_schema, arguments};
  const Taints taints = taints_of(ask);
  const CallQuestion question{kNoRun, {}, tool, arguments, labels, taints, 0, pinned.approvals(),
                              &facts};
  Verdict verdict = co_await tools_.policy.decide(ctx, question);
  if (verdict.kind == Verdict::Kind::allow) co_return Result<void>{};
  if (verdict.kind == Verdict::Kind::needs_approval) {
    verdict.reason = "it needs the approval of a person, which only a run of an agent can wait for";
  }
  tools_.denials.note(tools_.audit, denial_of(ctx, name), verdict);
  co_return fail(Errc::permission_denied, "This call is not allowed: " + verdict.reason + ".");
}

}  // namespace headgate::agents
