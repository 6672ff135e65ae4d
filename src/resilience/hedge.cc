#include "resilience/hedge.h"

#include <algorithm>
#include <cmath>

namespace headgate::resilience {

void HedgeBudget::on_request(base::MonoTime now) {
  last_request_ = std::max(last_request_, now);
  balance_ = std::min(rules_.burst, balance_ + rules_.extra_ratio);
}

bool HedgeBudget::spend(base::MonoTime now) {
  if (last_request_ + rules_.window < now) balance_ = 0;
  if (balance_ < 1) return false;
  balance_ -= 1;
  return true;
}

void HedgeBudget::set_rules(const HedgeBudgetRules& rules) {
  rules_ = rules;
  balance_ = std::min(balance_, rules_.burst);
}

void FirstTokenTimes::record(base::MonoTime now, base::Duration first_token) {
  rotate(now);
  const std::size_t bin = bin_of(first_token);
  ++slices_[static_cast<std::size_t>(slice_number_) % kSlices][bin];
  ++sum_[bin];
  ++samples_;
}

std::optional<base::Duration> FirstTokenTimes::percentile(base::MonoTime now, int percent) {
  rotate(now);
  if (samples_ == 0 || samples_ < static_cast<std::uint64_t>(std::max(rules_.samples_min, 0))) {
    return std::nullopt;
  }
  const auto share = static_cast<std::uint64_t>(std::clamp(percent, 1, 100));
  std::uint64_t left = (samples_ * share + 99) / 100;  // the rank, from 1
  for (std::size_t bin = 0; bin < kBins; ++bin) {
    if (sum_[bin] >= left) return std::max(rules_.least, upper_edge(bin));
    left -= sum_[bin];
  }
  return std::nullopt;
}

/// Octave and, by the next three bits, eighth of it. Below 8 ms each millisecond has its bin.
std::size_t FirstTokenTimes::bin_of(base::Duration value) {
  const auto ms = std::chrono::duration_cast<base::milliseconds>(value).count();
  if (ms < 8) return static_cast<std::size_t>(std::max<std::int64_t>(ms, 0));
  const auto octave =
      static_cast<std::size_t>(63 - __builtin_clzll(static_cast<std::uint64_t>(ms)));
  const auto eighth = static_cast<std::size_t>(ms >> (octave - 3)) & 7;
  return std::min((octave - 2) * 8 + eighth, kBins - 1);
}

base::Duration FirstTokenTimes::upper_edge(std::size_t bin) {
  if (bin < 8) return base::milliseconds(bin + 1);
  const std::size_t octave = bin / 8 + 2;
  return base::milliseconds((8 + bin % 8 + 1) << (octave - 3));
}

/// Empties the slices whose time is over.
void FirstTokenTimes::rotate(base::MonoTime now) {
  const base::Duration width =
      std::max(rules_.window / static_cast<int>(kSlices), base::Duration(1));
  const std::int64_t number = now.time_since_epoch() / width;
  if (number <= slice_number_) return;
  const std::int64_t steps = std::min<std::int64_t>(number - slice_number_, kSlices);
  slice_number_ = number;
  for (std::int64_t i = 0; i < steps; ++i) {
    Bins& slice = slices_[static_cast<std::size_t>(number - i) % kSlices];
    for (std::size_t bin = 0; bin < kBins; ++bin) {
      sum_[bin] -= slice[bin];
      samples_ -= slice[bin];
    }
    slice.fill(0);
  }
}

}  // namespace headgate::resilience
