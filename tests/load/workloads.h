// The ways hg_load loads a target: at full speed, at a fixed rate, with paced streams, and by
// holding connections or streams open. Each is driven by the Engine's loop on one thread and used
// once.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "engine.h"
#include "histogram.h"

namespace headgate::load {

struct Window {
  std::int64_t warmup_ns = 0;
  std::int64_t measured_ns = 0;
};

/// Closed loop: every connection sends its next request as soon as the last is answered.
class FullSpeed final : public Workload {
 public:
  FullSpeed(ChatRequest& request, Window window) : request_(request), window_(window) {}
  std::int64_t on_turn(Engine& engine, std::int64_t now) override;
  bool is_finished(std::int64_t now) const override;
  void on_done(Engine& engine, Connection& connection, bool ok, std::int64_t now) override;
  const Histogram& latency() const { return latency_; }
  std::uint64_t unfinished() const { return under_way_; }

 private:
  ChatRequest& request_;
  Window window_;
  std::int64_t begin_ns_ = 0;  // of the measured part
  std::int64_t end_ns_ = kNever;
  std::uint64_t under_way_ = 0;
  Histogram latency_;
};

/// Open loop: a request is due every 1/rate seconds whatever the target does, and its latency
/// counts from when it was due, also if it had to wait for a free connection (no coordinated
/// omission).
class FixedRate final : public Workload {
 public:
  FixedRate(ChatRequest& request, Window window, double per_second)
      : request_(request), window_(window), per_second_(per_second) {}
  std::int64_t on_turn(Engine& engine, std::int64_t now) override;
  bool is_finished(std::int64_t now) const override;
  void on_done(Engine& engine, Connection& connection, bool ok, std::int64_t now) override;
  const Histogram& latency() const { return latency_; }
  /// Due but not answered when the run was given up.
  std::uint64_t unfinished() const { return waiting_.size() + under_way_; }

 private:
  bool warm_up(Engine& engine, std::int64_t now);
  std::int64_t due_ns(std::uint64_t index) const;
  void send_on(Engine& engine, Connection& connection, std::int64_t due);

  ChatRequest& request_;
  Window window_;
  double per_second_;
  bool warm_ = false;
  std::size_t warmed_ = 0;
  std::int64_t start_ns_ = 0;
  std::int64_t end_ns_ = kNever;
  std::uint64_t issued_ = 0;
  std::uint64_t under_way_ = 0;
  std::deque<Connection*> free_;
  std::deque<std::int64_t> waiting_;  // due times without a connection
  Histogram latency_;
};

struct StreamPlan {
  std::int64_t pace_ns = 0;
  unsigned chunks = 0;  // of each measured stream
};

/// Every connection carries one measured stream, all at once, their starts spread evenly over one
/// pace; before them a short unmeasured wave, so that the proxy's upstream connections exist.
class PacedStreams final : public Workload {
 public:
  static constexpr unsigned kWarmupChunks = 4;  // of each stream of the unmeasured wave

  PacedStreams(ChatRequest& warmup, ChatRequest& request, StreamPlan plan)
      : warmup_(warmup), request_(request), plan_(plan) {}
  std::int64_t on_turn(Engine& engine, std::int64_t now) override;
  bool is_finished(std::int64_t now) const override;
  void on_body(Connection& connection, std::string_view piece, std::int64_t now) override;
  void on_done(Engine& engine, Connection& connection, bool ok, std::int64_t now) override;

  const Histogram& first_chunk() const { return first_chunk_; }  // from the send of the request
  const Histogram& transit() const { return transit_; }  // from the mock's send of the chunk
  std::uint64_t chunks() const { return transit_.count(); }
  std::uint64_t all_chunks() const { return all_chunks_; }  // with those of the unmeasured wave
  std::uint64_t complete() const { return complete_; }
  std::uint64_t streams_stalled() const { return streams_stalled_; }  // a gap above 10 paces
  std::uint64_t late_chunks() const { return late_chunks_; }  // more than one pace in transit

 private:
  void begin_wave(std::int64_t now);
  void on_chunk(Connection& connection, std::int64_t stamp_ns, std::int64_t now);

  ChatRequest& warmup_;
  ChatRequest& request_;
  StreamPlan plan_;
  bool measuring_ = false;
  std::size_t started_ = 0;
  std::size_t ended_ = 0;
  std::int64_t wave_ns_ = 0;
  std::int64_t limit_ns_ = kNever;
  std::vector<bool> stalled_;
  std::uint64_t all_chunks_ = 0;
  std::uint64_t complete_ = 0;
  std::uint64_t streams_stalled_ = 0;
  std::uint64_t late_chunks_ = 0;
  Histogram first_chunk_;
  Histogram transit_;
};

/// Opens every connection, a few at a time, and holds it: idle after one answered request, or with
/// a stream running on it. Says so on standard output, and ends when standard input does.
class Hold final : public Workload {
 public:
  explicit Hold(ChatRequest& request) : request_(request) {}
  std::int64_t on_turn(Engine& engine, std::int64_t now) override;
  bool is_finished(std::int64_t now) const override { return released_ || now > limit_ns_; }
  void on_body(Connection& connection, std::string_view piece, std::int64_t now) override;
  void on_done(Engine& engine, Connection& connection, bool ok, std::int64_t now) override;
  std::uint64_t held() const { return held_; }

 private:
  ChatRequest& request_;
  std::size_t started_ = 0;
  std::size_t opening_ = 0;
  std::uint64_t held_ = 0;
  std::int64_t limit_ns_ = kNever;
  bool ready_ = false;
  bool released_ = false;
};

}  // namespace headgate::load
