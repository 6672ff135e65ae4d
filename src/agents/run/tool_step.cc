// The calls of one answer of a model: judged, begun in the journal, made, and finished there; at
// the same time where each may be repeated, else one after the other. Then, when nothing else is
// left, the word is handed over, or the run waits for a person.
#include <algorithm>
#include <utility>

#include "agents/run/judge.h"
#include "agents/run/run.h"
#include "agents/run/tool_call.h"
#include "agents/run/trace.h"
#include "base/async/beside.h"

namespace headgate::agents {

using base::Async;
using base::Result;
using base::Task;

namespace {

Effect effect_of(const Run& run, const CallState& call) {
  const PinnedTool* tool = run.pinned().tool(call.tool);
  return tool == nullptr ? Effect::pure : tool->config.effect;
}

// All at once where each may be repeated, else the first. What had begun before comes first.
std::vector<std::string> next_batch(const Run& run) {
  const auto& calls = run.state().calls;
  const bool any_begun = std::any_of(calls.begin(), calls.end(), [](const CallState& call) {
    return call.stage == CallStage::begun;
  });
  const CallStage next = any_begun ? CallStage::begun : CallStage::allowed;
  std::vector<std::string> out;
  bool together = true;
  for (const CallState& call : calls) {
    if (call.stage != next) continue;
    together = together && effect_of(run, call) != Effect::at_most_once;
    out.push_back(call.id);
  }
  if (!together) out.resize(1);
  return out;
}

std::int64_t not_counted(const Run& run, const std::vector<std::string>& batch) {
  return std::count_if(batch.begin(), batch.end(), [&](const std::string& id) {
    return run.state().call(id)->stage == CallStage::allowed;
  });
}

// What a call may do in the world waits for the disk: the entry that it has begun, and all that led
// to it, the model's answer and the decision. One that only reads does not wait.
Task<void> begin(Run& run, const std::vector<std::string>& batch) {
  Entries entries;
  bool writes = false;
  for (const std::string& id : batch) {
    const CallState& call = *run.state().call(id);
    const Effect effect = effect_of(run, call);
    const std::string key =
        effect == Effect::idempotent ? idempotency_key(run.state(), call) : std::string();
    writes = writes || effect != Effect::pure;
    entries.push_back(tool_begun(call, name(effect), key, run.new_span()));
  }
  auto written = co_await run.write(std::move(entries));
  if (!written || !writes) co_return written;
  auto there = co_await run.on_disk();
  co_return there;
}

Task<void> make_one(Run& run, const std::string& id) {
  const CallState call = *run.state().call(id);  // a copy: others of its batch change the list
  Entries entries = co_await make_call(run, call);
  if (entries.empty()) co_return Result<void>{};
  auto written = co_await run.write(std::move(entries));
  co_return written;
}

Async<void> make_beside(Run& run, const std::string& id, Result<void>& out) {
  auto made = co_await make_one(run, id);
  if (!made) out = made;
}

Task<void> make_all(Run& run, const std::vector<std::string>& batch) {
  Result<void> out = Result<void>{};
  std::vector<std::unique_ptr<base::Beside>> under_way;
  for (const std::string& id : batch) {
    under_way.push_back(
        std::make_unique<base::Beside>(run.tools().loop, make_beside(run, id, out)));
  }
  for (const auto& one : under_way) one->start();
  for (const auto& one : under_way) {
    base::Beside& call = *one;
    co_await call;
  }
  co_return out;
}

Task<void> make_batch(Run& run, const std::vector<std::string>& batch) {
  const RunState& state = run.state();
  const std::int64_t more = not_counted(run, batch);
  if (state.tool_calls + more > run.limits().tool_calls_max) {
    record_end(run, "stopped");
    Entry limit = run_stopped("tool_calls_max", "the run has reached its limit of " +
                                                    std::to_string(run.limits().tool_calls_max) +
                                                    " calls of tools");
    auto stopped = co_await run.write(std::move(limit));
    co_return stopped;
  }
  auto begun = co_await begin(run, batch);
  if (!begun) co_return begun;
  auto made = co_await make_all(run, batch);
  co_return made;
}

// The first handoff counts; another one of the same answer is answered with why it does not.
Entries hand_over(Run& run) {
  Entries out;
  for (const CallState& call : run.state().calls) {
    if (call.transfer_to.empty() || call.stage != CallStage::proposed) continue;
    if (!out.empty()) {
      out.insert(out.begin(), tool_refused(call, "The conversation was handed over already."));
      continue;
    }
    record_handoff(run, call);
    record_agent(run, "Call " + call.transfer_to);
    out.push_back(handoff(call, run.state().acting, call.transfer_to));
    out.push_back(agent_started(call.transfer_to, run.new_span()));
  }
  return out;
}

}  // namespace

const CallState* left_open(const Run& run, bool ends) {
  for (const CallState& call : run.state().calls) {
    if (call.stage != CallStage::begun) continue;
    const Effect effect = effect_of(run, call);
    if (effect == Effect::at_most_once) return &call;
    if (ends && effect == Effect::idempotent) return &call;
  }
  return nullptr;
}

Task<void> call_tools(Run& run) {
  Entries judged = co_await judge_calls(run);
  if (!judged.empty()) {
    auto written = co_await run.write(std::move(judged));
    if (!written) co_return written;
  }
  const std::vector<std::string> batch = next_batch(run);
  if (!batch.empty()) {
    auto made = co_await make_batch(run, batch);
    co_return made;
  }
  const auto& calls = run.state().calls;
  const bool waits = std::any_of(calls.begin(), calls.end(), [](const CallState& call) {
    return call.stage == CallStage::waiting;
  });
  const auto unknown = std::find_if(calls.begin(), calls.end(), [](const CallState& call) {
    return call.stage == CallStage::unknown;
  });
  Entries last;
  if (unknown != calls.end()) {
    last.push_back(run_needs_attention(*unknown, "of this call, too, it is not known"));
  } else if (waits) {
    last.push_back(run_paused(RunStatus::waiting_for_approval));
  } else {
    last = hand_over(run);
  }
  if (last.empty()) co_return Result<void>{};  // all are finished
  auto written = co_await run.write(std::move(last));
  co_return written;
}

}  // namespace headgate::agents
