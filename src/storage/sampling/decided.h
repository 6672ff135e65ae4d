// What was decided last, so that what comes after has the fate of its trace, also after a restart:
// decisions are written into the partition with what they did, a blob a round, and read back from
// there. Bounded: the oldest are forgotten. Of the caretaker's thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "storage/sampling/decision.h"

namespace headgate::storage {

struct TraceHash {
  std::size_t operator()(const base::TraceId& trace) const {
    return static_cast<std::size_t>(randomness_of(trace));
  }
};

struct Decided {
  base::TraceId trace;
  TraceFate fate;
  friend bool operator==(const Decided&, const Decided&) = default;
};

/// 21 bytes each. Of bytes from the database anything is taken; what is no decision is left out.
std::vector<std::uint8_t> encode(std::span<const Decided> all);
std::vector<Decided> decode_decided(std::span<const std::uint8_t> bytes);

class DecidedTraces {
 public:
  static constexpr std::size_t kMax = 200'000;

  explicit DecidedTraces(std::size_t max = kMax) : max_(max) {}

  /// The first decision on a trace counts. `is_noted`: later processes know of it.
  void add(const Decided& decided, bool is_noted);
  std::optional<TraceFate> find(const base::TraceId& trace) const;
  /// True where nobody has noted the decision yet: the caller does.
  bool note(const base::TraceId& trace);
  std::size_t size() const { return fates_.size(); }

 private:
  struct Entry {
    TraceFate fate;
    bool is_noted = false;
  };
  std::size_t max_;
  std::unordered_map<base::TraceId, Entry, TraceHash> fates_;
  std::deque<base::TraceId> order_;
};

}  // namespace headgate::storage
