#include <poll.h>
#include <unistd.h>

#include <array>
#include <cstdio>

#include "workloads.h"

namespace headgate::load {
namespace {

constexpr std::int64_t kStallPaces = 10;
constexpr std::size_t kOpeningMax = 64;  // fewer than any proxy's listen backlog
constexpr std::int64_t kPollNs = 20 * kNsPerMs;
constexpr std::int64_t kHoldLimitNs = 300 * kNsPerSecond;

bool standard_input_has_ended() {
  pollfd input{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
  if (::poll(&input, 1, 0) <= 0) return false;
  std::array<char, 64> ignored{};
  return ::read(STDIN_FILENO, ignored.data(), ignored.size()) <= 0;
}

}  // namespace

void PacedStreams::begin_wave(std::int64_t now) {
  started_ = 0;
  ended_ = 0;
  wave_ns_ = now;
  const unsigned chunks = measuring_ ? plan_.chunks : kWarmupChunks;
  limit_ns_ = now + (chunks + 2 * kStallPaces) * plan_.pace_ns + 10 * kNsPerSecond;
}

std::int64_t PacedStreams::on_turn(Engine& engine, std::int64_t now) {
  if (wave_ns_ == 0) {
    stalled_.resize(engine.size());
    begin_wave(now);
  } else if (!measuring_ && ended_ == engine.size()) {
    measuring_ = true;
    begin_wave(now);
  }
  const auto count = static_cast<std::int64_t>(engine.size());
  for (; started_ < engine.size(); ++started_) {
    const std::int64_t due = wave_ns_ + plan_.pace_ns * static_cast<std::int64_t>(started_) / count;
    if (due > now) return due;
    // A stream of the first wave that a broken proxy never ends stays away from the second.
    if (!engine.at(started_).busy) {
      engine.send(engine.at(started_), measuring_ ? request_ : warmup_, now);
    }
  }
  return std::min(limit_ns_, now + kNsPerSecond);
}

bool PacedStreams::is_finished(std::int64_t now) const {
  return now > limit_ns_ || (measuring_ && ended_ == stalled_.size());
}

void PacedStreams::on_body(Connection& connection, std::string_view piece, std::int64_t now) {
  connection.lines.feed(piece, [&](std::string_view line) {
    if (line.starts_with("data: [DONE]")) {
      connection.done_seen = true;
    } else if (const std::int64_t stamp = find_stamp(line); stamp >= 0) {
      on_chunk(connection, stamp, now);
    }
  });
}

void PacedStreams::on_chunk(Connection& connection, std::int64_t stamp_ns, std::int64_t now) {
  ++connection.chunks;
  ++all_chunks_;
  if (measuring_) {
    const bool first = connection.last_chunk_ns == 0;
    const std::int64_t since = first ? connection.started_ns : connection.last_chunk_ns;
    if (first) first_chunk_.record(now - connection.started_ns);
    transit_.record(now - stamp_ns);
    if (now - stamp_ns > plan_.pace_ns) ++late_chunks_;
    if (now - since > kStallPaces * plan_.pace_ns && !stalled_[connection.index]) {
      stalled_[connection.index] = true;
      ++streams_stalled_;
    }
  }
  connection.last_chunk_ns = now;
}

void PacedStreams::on_done(Engine& engine, Connection& connection, bool ok, std::int64_t) {
  ++ended_;
  const unsigned expected = measuring_ ? plan_.chunks : kWarmupChunks;
  const bool whole = ok && connection.done_seen && connection.chunks == expected;
  if (ok && !whole) engine.count_error("incomplete stream");
  if (whole && measuring_) ++complete_;
}

std::int64_t Hold::on_turn(Engine& engine, std::int64_t now) {
  if (limit_ns_ == kNever) limit_ns_ = now + kHoldLimitNs;
  while (started_ < engine.size() && opening_ < kOpeningMax) {
    ++opening_;
    engine.send(engine.at(started_++), request_, now);
  }
  if (!ready_ && started_ == engine.size() && opening_ == 0) {
    ready_ = true;
    std::printf("{\"held\":%llu}\n", static_cast<unsigned long long>(held_));
    std::fflush(stdout);
  }
  if (ready_ && standard_input_has_ended()) released_ = true;
  return now + kPollNs;
}

/// The first piece of a stream tells that it runs. Of a plain answer it tells the same, a moment
/// early.
void Hold::on_body(Connection& connection, std::string_view, std::int64_t) {
  if (++connection.chunks != 1) return;
  --opening_;
  ++held_;
}

void Hold::on_done(Engine&, Connection& connection, bool ok, std::int64_t) {
  if (connection.chunks == 0) {
    --opening_;
  } else if (!ok) {
    --held_;
  }
}

}  // namespace headgate::load
