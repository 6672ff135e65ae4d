// When a second, hedging call is worth it: after the time in which most first tokens come (a high
// percentile of a target's last while), and only as long as extra calls stay a small share of
// requests. Every hedge is paid for twice, so there is no allowance without traffic. The caller
// hedges only before a byte of the answer has left. Single-threaded; the caller guards both.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/clock.h"

namespace headgate::resilience {

struct HedgeBudgetRules {
  double extra_ratio = 0.05;
  double burst = 10;                          // hedges that can be saved up
  base::Duration window = base::seconds(60);  // how long savings outlive traffic

  friend bool operator==(const HedgeBudgetRules&, const HedgeBudgetRules&) = default;
};

/// In any stretch of time: hedges <= extra_ratio * requests + burst, and over a life without the
/// burst, as there is nothing to begin with.
class HedgeBudget {
 public:
  explicit HedgeBudget(const HedgeBudgetRules& rules = {}) : rules_(rules) {}

  void on_request(base::MonoTime now);
  /// Takes one hedge. False: there is none to be had.
  bool spend(base::MonoTime now);
  /// What is saved stays, up to the new burst.
  void set_rules(const HedgeBudgetRules& rules);

 private:
  HedgeBudgetRules rules_;
  double balance_ = 0;
  base::MonoTime last_request_ = base::MonoTime::min();
};

struct FirstTokenRules {
  base::Duration least = base::milliseconds(50);  // no percentile is said to be below
  int samples_min = 20;
  base::Duration window = base::seconds(300);  // of samples
};

/// The times to first token of one target within a sliding window, as a histogram.
class FirstTokenTimes {
 public:
  explicit FirstTokenTimes(const FirstTokenRules& rules = {}) : rules_(rules) {}

  void record(base::MonoTime now, base::Duration first_token);
  /// The time that `percent` of the samples do not exceed; rounded up, by an eighth at most.
  /// Nothing: too few samples.
  std::optional<base::Duration> percentile(base::MonoTime now, int percent);

 private:
  // Milliseconds on a logarithmic scale, 8 bins an octave; the last holds everything above 2 h.
  static constexpr std::size_t kBins = 168;
  static constexpr std::size_t kSlices = 4;
  using Bins = std::array<std::uint32_t, kBins>;
  static std::size_t bin_of(base::Duration value);
  static base::Duration upper_edge(std::size_t bin);
  void rotate(base::MonoTime now);

  FirstTokenRules rules_;
  std::int64_t slice_number_ = -1;  // of the newest slice
  std::array<Bins, kSlices> slices_{};
  Bins sum_{};  // over slices_
  std::uint64_t samples_ = 0;
};

}  // namespace headgate::resilience
