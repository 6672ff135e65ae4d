// Values of a label that callers choose (workflows, tools): the first so many are kept as they are,
// later ones become "other" and are counted, so that nobody can fill a time series database by
// sending names. Safe from any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <string_view>

namespace headgate::telemetry {

inline constexpr std::string_view kOtherLabel = "other";

class LabelGuard {
 public:
  explicit LabelGuard(std::size_t values_max) : values_max_(values_max) {}

  /// `value`, or kOtherLabel where values_max others came before it.
  std::string_view admit(std::string_view value) {
    const std::lock_guard lock(mutex_);
    if (values_.contains(value)) return value;
    if (values_.size() >= values_max_ || value.size() > kBytesMax) {
      ++refused_;
      return kOtherLabel;
    }
    values_.emplace(value);
    return value;
  }
  /// Observations whose value became "other".
  std::uint64_t refused_total() const {
    const std::lock_guard lock(mutex_);
    return refused_;
  }

 private:
  static constexpr std::size_t kBytesMax = 200;  // of a value

  const std::size_t values_max_;
  mutable std::mutex mutex_;
  std::set<std::string, std::less<>> values_;
  std::uint64_t refused_ = 0;
};

}  // namespace headgate::telemetry
