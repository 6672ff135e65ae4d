#include "storage/sampling/decided.h"

#include <algorithm>
#include <utility>

namespace headgate::storage {
namespace {

// Trace id, probability (4 bytes, lowest first), reason; the highest bit of the reason: dropped.
constexpr std::size_t kEntryBytes = 21;
constexpr std::uint8_t kDropped = 0x80;

}  // namespace

std::vector<std::uint8_t> encode(std::span<const Decided> all) {
  std::vector<std::uint8_t> bytes;
  bytes.reserve(all.size() * kEntryBytes);
  for (const Decided& one : all) {
    bytes.insert(bytes.end(), one.trace.bytes.begin(), one.trace.bytes.end());
    for (int shift = 0; shift < 32; shift += 8) {
      bytes.push_back(static_cast<std::uint8_t>(one.fate.ppm >> shift));
    }
    const auto reason = static_cast<std::uint8_t>(one.fate.reason);
    bytes.push_back(one.fate.kept ? reason : static_cast<std::uint8_t>(reason | kDropped));
  }
  return bytes;
}

std::vector<Decided> decode_decided(std::span<const std::uint8_t> bytes) {
  std::vector<Decided> all;
  for (; bytes.size() >= kEntryBytes; bytes = bytes.subspan(kEntryBytes)) {
    Decided one;
    std::copy_n(bytes.begin(), one.trace.bytes.size(), one.trace.bytes.begin());
    one.fate.ppm = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      one.fate.ppm |= std::uint32_t{bytes[one.trace.bytes.size() + i]} << (8 * i);
    }
    const std::uint8_t last = bytes[kEntryBytes - 1];
    const auto reason = static_cast<std::size_t>(last & ~kDropped);
    if (reason >= kKeptForCount || one.fate.ppm > kAllPpm) continue;
    one.fate.reason = static_cast<KeptFor>(reason);
    one.fate.kept = (last & kDropped) == 0;
    all.push_back(one);
  }
  return all;
}

void DecidedTraces::add(const Decided& decided, bool is_noted) {
  if (!fates_.try_emplace(decided.trace, Entry{decided.fate, is_noted}).second) return;
  order_.push_back(decided.trace);
  if (order_.size() <= max_) return;
  fates_.erase(order_.front());
  order_.pop_front();
}

std::optional<TraceFate> DecidedTraces::find(const base::TraceId& trace) const {
  const auto found = fates_.find(trace);
  return found == fates_.end() ? std::nullopt : std::optional(found->second.fate);
}

bool DecidedTraces::note(const base::TraceId& trace) {
  const auto found = fates_.find(trace);
  return found != fates_.end() && !std::exchange(found->second.is_noted, true);
}

}  // namespace headgate::storage
