#include "agents/reach/facts.h"

#include <algorithm>
#include <utility>

#include "agents/reach/nesting.h"
#include "agents/tools/digest.h"
#include "base/async/loop.h"
#include "base/json/cursor.h"
#include "base/text/strings.h"

namespace headgate::agents {

using base::Errc;
using base::fail;
using base::Result;
using base::Task;

namespace {

Result<void> may_ask(const base::Principal& who, const PinnedTool& tool) {
  for (const std::string& scope : tool.config.scopes) {
    if (std::find(who.scopes.begin(), who.scopes.end(), scope) != who.scopes.end()) continue;
    return fail(Errc::permission_denied, "the caller lacks the scope " + scope);
  }
  return {};
}

Result<std::string> json_of(const CallOutcome& outcome) {
  const std::string words = words_of(outcome);
  const bool answered = outcome.kind == CallOutcome::Kind::answered && !outcome.result.is_error;
  if (!answered) return fail(Errc::upstream_status, words);
  return base::json::valid(words) ? words : base::json_string(words);
}

}  // namespace

Task<std::string> ReachedFacts::fetch(base::Context& ctx, const FactAsk& ask) {
  const std::string key = digest({ask.tool, canonical_json(ask.arguments)});
  const auto known = known_.find(key);
  if (known != known_.end()) co_return known->second;
  auto told = co_await fetch_new(ctx, ask);
  known_.insert_or_assign(key, told);
  co_return told;
}

Task<std::string> ReachedFacts::fetch_new(base::Context& ctx, const FactAsk& ask) {
  const PinnedTool* tool = find_(ask.tool);
  if (tool == nullptr) co_return fail(Errc::internal, "there is no tool " + ask.tool);
  if (auto may = may_ask(*ctx.principal, *tool); !may) co_return may.error();
  const std::string wrong = tool->tool->check_arguments(ask.arguments);
  if (!wrong.empty()) co_return fail(Errc::invalid_request, "its arguments do not fit: " + wrong);
  base::Context own = ctx;
  own.deadline = std::min(ctx.deadline, ctx.loop.now() + base::milliseconds(ask.timeout_ms));
  own.trace.span = base::SpanId::random(ctx.loop.random());
  const base::MonoTime begun = ctx.loop.now();
  RunCall call{*tool, ask.arguments, {}, run_id_};
  call.nesting = kNestingMax;  // no fact is worth the run of an agent
  auto outcome = co_await reach_.call(own, call);
  const auto took = ctx.loop.now() - begun;
  tell_({*tool, ask.arguments, outcome, own.trace.span,
         std::chrono::duration_cast<base::microseconds>(took).count()});
  co_return json_of(outcome);
}

}  // namespace headgate::agents
