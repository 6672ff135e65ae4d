#include "workloads.h"

namespace headgate::load {
namespace {

// How long a run waits for its last answers before it gives up on them.
constexpr std::int64_t kGraceNs = 3 * kNsPerSecond;

}  // namespace

std::int64_t FullSpeed::on_turn(Engine& engine, std::int64_t now) {
  if (end_ns_ == kNever) {
    begin_ns_ = now + window_.warmup_ns;
    end_ns_ = begin_ns_ + window_.measured_ns;
    under_way_ = engine.size();
    for (std::size_t i = 0; i < engine.size(); ++i) engine.send(engine.at(i), request_, now);
  }
  return now < end_ns_ ? end_ns_ : end_ns_ + kGraceNs;
}

bool FullSpeed::is_finished(std::int64_t now) const {
  return now >= end_ns_ && (under_way_ == 0 || now >= end_ns_ + kGraceNs);
}

void FullSpeed::on_done(Engine& engine, Connection& connection, bool ok, std::int64_t now) {
  if (ok && now >= begin_ns_ && now < end_ns_) latency_.record(now - connection.started_ns);
  if (now < end_ns_) {
    engine.send(connection, request_, now);
  } else {
    --under_way_;
  }
}

/// One request on every connection, so that the measured ones find them open. True once that is
/// done.
bool FixedRate::warm_up(Engine& engine, std::int64_t now) {
  if (warm_) return true;
  if (warmed_ == 0 && under_way_ == 0) {
    for (std::size_t i = 0; i < engine.size(); ++i) send_on(engine, engine.at(i), now);
  }
  warm_ = warmed_ >= engine.size();
  if (!warm_) return false;
  start_ns_ = now;
  end_ns_ = now + window_.warmup_ns + window_.measured_ns;
  return true;
}

std::int64_t FixedRate::due_ns(std::uint64_t index) const {
  const double offset_ns = static_cast<double>(index) / per_second_ * 1e9;
  return start_ns_ + static_cast<std::int64_t>(offset_ns);
}

void FixedRate::send_on(Engine& engine, Connection& connection, std::int64_t due) {
  ++under_way_;
  engine.send(connection, request_, due);
}

std::int64_t FixedRate::on_turn(Engine& engine, std::int64_t now) {
  if (!warm_up(engine, now)) return now + kNsPerSecond;
  for (; due_ns(issued_) <= now && due_ns(issued_) < end_ns_; ++issued_) {
    waiting_.push_back(due_ns(issued_));
  }
  while (!waiting_.empty() && !free_.empty()) {
    send_on(engine, *free_.front(), waiting_.front());
    free_.pop_front();
    waiting_.pop_front();
  }
  return due_ns(issued_) < end_ns_ ? due_ns(issued_) : end_ns_ + kGraceNs;
}

bool FixedRate::is_finished(std::int64_t now) const {
  if (!warm_ || now < end_ns_) return false;
  return unfinished() == 0 || now >= end_ns_ + kGraceNs;
}

void FixedRate::on_done(Engine&, Connection& connection, bool ok, std::int64_t now) {
  --under_way_;
  free_.push_back(&connection);
  if (!warm_) {
    ++warmed_;
  } else if (ok && connection.started_ns >= start_ns_ + window_.warmup_ns) {
    latency_.record(now - connection.started_ns);
  }
}

}  // namespace headgate::load
