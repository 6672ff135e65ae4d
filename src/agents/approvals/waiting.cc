#include "agents/approvals/waiting.h"

#include <algorithm>

namespace headgate::agents {

namespace {

constexpr std::int64_t kTellAgainUs = 10'000'000;

bool is_same_question(const WaitingCall& a, const WaitingCall& b) {
  return a.call.id == b.call.id && a.call.digest == b.call.digest &&
         a.call.escalated == b.call.escalated;
}

bool is_due(const WaitingCall& call, std::int64_t now_us) {
  return call.call.due_us != 0 && call.call.due_us <= now_us;
}

}  // namespace

std::vector<WaitingCall> Waiting::set(const std::string& run_id, std::vector<WaitingCall> calls) {
  std::vector<WaitingCall> fresh;
  const std::lock_guard lock(mutex_);
  if (calls.empty()) {
    runs_.erase(run_id);
    return fresh;
  }
  OfRun& of = runs_[run_id];
  for (const WaitingCall& call : calls) {
    const bool known = std::any_of(of.calls.begin(), of.calls.end(), [&](const WaitingCall& other) {
      return is_same_question(call, other);
    });
    if (!known) fresh.push_back(call);
  }
  of.calls = std::move(calls);
  of.told_us = 0;
  return fresh;
}

std::optional<WaitingCall> Waiting::find(const std::string& run_id,
                                         const std::string& call_id) const {
  const std::lock_guard lock(mutex_);
  const auto at = runs_.find(run_id);
  if (at == runs_.end()) return std::nullopt;
  for (const WaitingCall& call : at->second.calls) {
    if (call.call.id == call_id) return call;
  }
  return std::nullopt;
}

std::vector<WaitingCall> Waiting::list(const std::function<bool(const WaitingCall&)>& wanted,
                                       std::size_t calls_max) const {
  std::vector<WaitingCall> out;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, of] : runs_) {
      std::copy_if(of.calls.begin(), of.calls.end(), std::back_inserter(out), wanted);
    }
  }
  std::stable_sort(out.begin(), out.end(), [](const WaitingCall& a, const WaitingCall& b) {
    return a.call.asked_us < b.call.asked_us;
  });
  if (out.size() > calls_max) out.resize(calls_max);
  return out;
}

std::vector<std::string> Waiting::due(std::int64_t now_us) {
  std::vector<std::string> out;
  const std::lock_guard lock(mutex_);
  for (auto& [id, of] : runs_) {
    const bool any = std::any_of(of.calls.begin(), of.calls.end(),
                                 [&](const WaitingCall& call) { return is_due(call, now_us); });
    if (!any || (of.told_us != 0 && now_us - of.told_us < kTellAgainUs)) continue;
    of.told_us = now_us;
    out.push_back(id);
  }
  return out;
}

std::size_t Waiting::size() const {
  const std::lock_guard lock(mutex_);
  std::size_t out = 0;
  for (const auto& [id, of] : runs_) out += of.calls.size();
  return out;
}

std::vector<WaitingCall> waiting_calls(const RunState& state, const Pinned& pinned,
                                       const std::string& owner) {
  std::vector<WaitingCall> out;
  if (has_ended(state.status)) return out;
  for (const CallState& call : state.calls) {
    if (call.stage != CallStage::waiting) continue;
    out.push_back(
        {state.id, state.acting, call, state.origin, owner, pinned.approval(call.policy)});
  }
  return out;
}

}  // namespace headgate::agents
