// When a second, hedging call is worth it: after the time in which most first tokens come (a high
// percentile of the last while), and only as long as extra calls stay a small share of requests.
// Every hedge is paid for twice, so there is no allowance without traffic. The caller hedges only
// before a byte of the answer has left. Single-threaded; the caller guards it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/clock.h"

namespace headgate::resilience {

struct HedgeRules {
  int percentile = 95;
  base::Duration delay_min = base::milliseconds(50);
  int samples_min = 50;
  double extra_ratio = 0.05;
  double burst = 10;                          // hedges that can be saved up
  base::Duration window = base::seconds(60);  // of samples, and of how long savings last
};

class HedgeGate {
 public:
  explicit HedgeGate(const HedgeRules& rules = {});

  void on_request(base::MonoTime now);
  /// A time to first token.
  void record(base::MonoTime now, base::Duration first_token);
  /// How long to wait for a first token before hedging; nothing: too few samples, do not hedge. The
  /// percentile is rounded up, by an eighth at most.
  std::optional<base::Duration> delay(base::MonoTime now);
  /// Takes one hedge. False: there is none to be had.
  bool spend(base::MonoTime now);

  std::uint64_t spent_total() const { return spent_total_; }
  std::uint64_t refused_total() const { return refused_total_; }

 private:
  // Milliseconds on a logarithmic scale, 8 bins an octave; the last holds everything above 2 h.
  static constexpr std::size_t kBins = 168;
  static constexpr std::size_t kSlices = 4;
  using Bins = std::array<std::uint32_t, kBins>;
  static std::size_t bin_of(base::Duration value);
  static base::Duration upper_edge(std::size_t bin);
  void rotate(base::MonoTime now);

  HedgeRules rules_;
  double balance_ = 0;
  base::MonoTime last_request_ = base::MonoTime::min();
  std::int64_t slice_number_ = -1;  // of the newest slice
  std::array<Bins, kSlices> slices_{};
  Bins sum_{};  // over slices_
  std::uint64_t samples_ = 0;
  std::uint64_t spent_total_ = 0;
  std::uint64_t refused_total_ = 0;
};

}  // namespace headgate::resilience
