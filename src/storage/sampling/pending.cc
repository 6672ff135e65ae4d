#include "storage/sampling/pending.h"

#include <utility>

namespace headgate::storage {

base::MonoTime PendingTraces::due_at(const Entry& entry) {
  return entry.last + base::microseconds(entry.facts.quiet_us());
}

// Due at once at first: what its facts say is known only after this.
TraceFacts& PendingTraces::add(const base::TraceId& trace, const RecordRow& row,
                               base::MonoTime now) {
  const auto [at, fresh] = traces_.try_emplace(trace);
  if (fresh) due_.push({now, trace});
  at->second.rows.push_back(row);
  at->second.last = now;
  ++rows_;
  return at->second.facts;
}

TraceFacts* PendingTraces::find(const base::TraceId& trace) {
  const auto found = traces_.find(trace);
  return found == traces_.end() ? nullptr : &found->second.facts;
}

PendingTrace PendingTraces::extract(Traces::iterator at) {
  PendingTrace out{at->first, at->second.facts, std::move(at->second.rows)};
  rows_ -= out.rows.size();
  traces_.erase(at);
  return out;
}

std::optional<PendingTrace> PendingTraces::take(const base::TraceId& trace) {
  const auto found = traces_.find(trace);
  if (found == traces_.end()) return std::nullopt;
  return extract(found);
}

std::optional<PendingTrace> PendingTraces::take_due(base::MonoTime now) {
  while (!due_.empty() && due_.top().at <= now) {
    const Due next = due_.top();
    due_.pop();
    const auto found = traces_.find(next.trace);
    if (found == traces_.end()) continue;
    const base::MonoTime due = due_at(found->second);
    if (due <= next.at) return extract(found);
    due_.push({due, next.trace});
  }
  return std::nullopt;
}

}  // namespace headgate::storage
