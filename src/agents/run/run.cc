#include "agents/run/run.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "agents/run/runner.h"
#include "agents/run/trace.h"
#include "base/async/loop.h"
#include "base/owner.h"

namespace headgate::agents {

using base::Async;
using base::Errc;
using base::Result;
using base::Task;

namespace {

constexpr std::int64_t kSecondUs = 1'000'000;

Entry out_of_time(const RunLimits& limits) {
  return run_stopped("seconds_max", "the run has reached its limit of " +
                                        std::to_string(limits.seconds_max) + " seconds");
}

/// Which limit of the whole run does not allow another step.
std::optional<Entry> reached_limit(const RunState& state, const RunLimits& limits) {
  const auto stopped = [](std::string_view limit, const std::string& what) {
    return run_stopped(limit, "the run has reached its limit of " + what);
  };
  if (state.active_us >= limits.seconds_max * kSecondUs) return out_of_time(limits);
  const NextStep next = next_step(state);
  if (next != NextStep::ask_model && next != NextStep::read_results) return std::nullopt;
  if (next == NextStep::ask_model && state.steps >= limits.steps_max) {
    return stopped("steps_max", std::to_string(limits.steps_max) + " calls of models");
  }
  if (state.usage.input + state.usage.output >= limits.tokens_max) {
    return stopped("tokens_max", std::to_string(limits.tokens_max) + " tokens");
  }
  if (state.cost >= limits.cost_usd_max.amount) {
    return stopped("cost_usd_max", "$" + limits.cost_usd_max.text());
  }
  return std::nullopt;
}

}  // namespace

// Before the run goes on or ends: nobody knows whether the call has happened. One that may be
// repeated is, unless nothing is done any more.
Task<void> Run::ask_about(const CallState& open, bool ends) {
  std::string why =
      "the program ended while this call was under way: it is not known whether it has happened";
  if (ends) why += ", and the run is about to end";
  auto told = co_await write(run_needs_attention(open, why));
  co_return told;
}

// The story of a run.
Task<void> Run::step() {
  const bool is_at_limit = is_out_of_time() || reached_limit(state_, limits());
  const bool ends = is_revoked_ || is_at_limit;
  if (const CallState* open = left_open(*this, ends)) {
    auto asked = co_await ask_about(*open, ends);
    co_return asked;
  }
  if (is_revoked_) {
    record_end(*this, "unauthenticated");
    auto failed = co_await write(
        run_failed("unauthenticated", "the API key of this run is not valid any more"));
    co_return failed;
  }
  if (is_at_limit) {
    auto stopped = co_await stop_at_limit();
    co_return stopped;
  }
  switch (next_step(state_)) {
    case NextStep::ask_model: {
      auto asked = co_await ask_model(*this);
      co_return asked;
    }
    case NextStep::call_tools: {
      auto called = co_await call_tools(*this);
      co_return called;
    }
    case NextStep::read_results: {
      auto read = co_await read_results(*this);
      co_return read;
    }
    case NextStep::finish: break;
  }
  auto finished = co_await finish();
  co_return finished;
}

Task<void> Run::go() {
  tell_waiting();
  while (true) {
    auto obeyed = co_await obey();
    if (!obeyed) co_return obeyed;
    const bool works = state_.status == RunStatus::running && !tools_.board.draining();
    if (!works) {
      auto kept = co_await tail_.on_disk();
      if (!kept) co_return kept;
      if (tools_.board.leave(state_.id)) co_return Result<void>{};
      continue;
    }
    auto stepped = co_await step();
    if (!stepped) co_return stepped;
  }
}

// A journal that cannot be written ends the work: the run goes on from its last entry when it is
// tried again.
Async<void> Run::drive() {
  struct Leave {
    Board& board;
    const std::string& id;
    bool left = false;
    ~Leave() {
      if (!left) board.abandon(id);
    }
  } leave{tools_.board, state_.id};
  auto went = co_await go();
  leave.left = went.has_value();
  if (went) {
    tools_.halted.forget(state_.id);
    co_return;
  }
  const bool again = tools_.halted.add(state_.id, tools_.loop.now(), true);
  tools_.log.error("run_halted",
                   {{"run", state_.id},
                    {"error", went.error().detail},
                    {"effect", again ? "it is tried again" : "it goes on after a restart"}});
}

void Run::woken() {
  if (tools_.board.wants_cancel(state_.id)) interrupt_->cancel();
}

Task<void> Run::stop_at_limit() {
  auto reached = reached_limit(state_, limits());
  if (!reached) reached = out_of_time(limits());
  record_end(*this, "stopped");
  auto written = co_await write(std::move(*reached));
  co_return written;
}

// An answer that has to be of a certain form gets one chance to be mended.
Task<void> Run::finish() {
  const std::string& text = *state_.answer;
  std::string wrong;
  if (agent().output) wrong = guardrails::describe(agent().output->check(text));
  Entry entry;
  if (wrong.empty()) {
    record_end(*this, text);
    entry = run_finished(text);
  } else if (!state_.output_rejected) {
    entry =
        output_rejected(wrong, "Your answer does not fit the JSON Schema it has to fit: " + wrong +
                                   ". Answer again, with the corrected JSON only.");
  } else {
    record_end(*this, "output_invalid");
    entry = run_failed("output_invalid", "the answer does not fit the agent's schema: " + wrong);
  }
  auto written = co_await write(std::move(entry));
  co_return written;
}

Task<void> Run::obey() {
  while (auto command = tools_.board.take(state_.id)) {
    auto obeyed = co_await obey(*command);
    command->then(obeyed);
    const bool broken = !obeyed && obeyed.error().code == Errc::storage_failed;
    if (broken) co_return obeyed;
  }
  co_return Result<void>{};
}

// A cancel that is refused interrupts nothing that comes later.
Task<void> Run::obey(const Command& command) {
  auto entries = entries_of(*this, command);
  if (!entries) {
    const bool is_cancel = command.kind == Command::Kind::cancel;
    if (is_cancel) interrupt_ = std::make_unique<base::Cancellation>();
    co_return entries.error();
  }
  if (entries->empty()) co_return Result<void>{};
  if (command.kind == Command::Kind::cancel) record_end(*this, "cancelled");
  if (command.kind == Command::Kind::decide) record_approval(*this, command);
  if (command.kind == Command::Kind::expire) note_expired(*this, *entries);
  auto written = co_await write(std::move(*entries));
  co_return written;
}

Task<void> Run::write(Entry entry) {
  Entries entries;
  entries.push_back(std::move(entry));
  auto written = co_await write(std::move(entries));
  co_return written;
}

Task<void> Run::write(Entries entries) {
  const std::int64_t now_us = tools_.loop.clock().unix_us();
  std::int64_t seq = state_.seq;
  std::vector<storage::RunEntry> rows;
  for (Entry& entry : entries) {
    rows.push_back({++seq, now_us, std::move(entry.kind), std::move(entry.body)});
  }
  for (const storage::RunEntry& row : rows) apply(state_, row);
  const bool tells = std::any_of(rows.begin(), rows.end(), [](const storage::RunEntry& row) {
    return row.kind.starts_with("approval.") || row.kind.starts_with("run.");
  });
  tail_.append({state_.id, std::move(rows), std::string(name(state_.status))});
  if (state_.chain.size() != narrowed_by_) narrow();
  if (!tells && !tail_.is_far_ahead()) co_return tail_.so_far();
  auto written = co_await tail_.on_disk();
  if (written) tell_waiting();
  co_return written;
}

Task<void> Run::on_disk() {
  auto written = co_await tail_.on_disk();
  co_return written;
}

void Run::tell_waiting() {
  auto calls = waiting_calls(state_, *pinned_, base::owner_of(state_.origin.principal));
  const auto fresh = tools_.waiting.set(state_.id, std::move(calls));
  for (const WaitingCall& call : fresh) tools_.webhooks.tell(call);
}

// Whoever hands over gives no more than it has.
void Run::narrow() {
  narrowed_ = *principal_;
  narrowed_by_ = state_.chain.size();
  for (const std::string& name : state_.chain) {
    const PinnedAgent* agent = pinned_->agent(name);
    if (agent == nullptr || !agent->config.scopes) continue;
    const auto& most = *agent->config.scopes;
    auto& scopes = narrowed_.scopes;
    const auto gone = std::remove_if(scopes.begin(), scopes.end(), [&](const std::string& scope) {
      return std::find(most.begin(), most.end(), scope) == most.end();
    });
    scopes.erase(gone, scopes.end());
  }
}

base::Principal Run::principal_for(const CallState& call) const {
  base::Principal out = narrowed_;
  if (call.approved) out.scopes.insert(out.scopes.end(), call.grants.begin(), call.grants.end());
  return out;
}

base::MonoTime Run::deadline() const {
  const std::int64_t worked_us =
      state_.active_us + (tools_.loop.clock().unix_us() - state_.updated_us);
  const std::int64_t left_us = limits().seconds_max * kSecondUs - worked_us;
  return tools_.loop.now() + base::microseconds(std::max<std::int64_t>(left_us, 0));
}

bool Run::is_out_of_time() const {
  const base::MonoTime end = deadline();  // first: with no time left it is the time of asking
  return end <= tools_.loop.now();
}

base::SpanId Run::new_span() { return base::SpanId::random(tools_.loop.random()); }

base::Context Run::context(const base::SpanId& span, bool may_be_interrupted) {
  base::Context ctx{tools_.loop, may_be_interrupted ? *interrupt_ : never_};
  ctx.principal = &narrowed_;
  ctx.trace.trace = state_.origin.trace;
  ctx.trace.span = span;
  ctx.trace.parent = state_.acting_span;
  ctx.request_id = state_.origin.request_id;
  ctx.user = state_.origin.user;
  ctx.session = state_.origin.session;
  ctx.workflow = state_.agent;
  if (may_be_interrupted) ctx.deadline = deadline();
  return ctx;
}

}  // namespace headgate::agents
