// What the store knows of a block of kBlockRows consecutive rows without reading them: between
// which values their numbers are, and which texts they may hold (a Bloom filter). A question skips
// every block that cannot have an answer. Filled by the writer call after call: costs it no index.
// Plain values.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>

#include "storage/query/expression.h"
#include "storage/query/fields.h"
#include "storage/query/trace_keys.h"
#include "telemetry/span.h"

namespace headgate::storage::query {

inline constexpr int kBlockBits = 12;
inline constexpr std::int64_t kBlockRows = std::int64_t{1} << kBlockBits;
inline constexpr std::size_t kBlockFilterBytes = 8192;

struct BlockBounds {
  std::int64_t calls = 0;
  std::int64_t errors = 0;
  std::int64_t oldest_us = std::numeric_limits<std::int64_t>::max();  // of starts
  std::int64_t newest_us = std::numeric_limits<std::int64_t>::min();
  std::int64_t latency_max_us = std::numeric_limits<std::int64_t>::min();
  std::int64_t cost_max = std::numeric_limits<std::int64_t>::min();  // of calls that have one
};

class BlockFilter {
 public:
  void add(Field field, std::string_view text);
  static bool may_hold(std::span<const std::uint8_t> bytes, Field field, std::string_view text);
  std::span<const std::uint8_t> bytes() const { return bits_; }
  void clear() { bits_.fill(0); }

 private:
  std::array<std::uint8_t, kBlockFilterBytes> bits_{};
};

/// The block that is being filled.
class BlockBuilder {
 public:
  /// `id`: of its first row.
  void add(const telemetry::ExchangeRecord& record, std::int64_t id);
  void clear();
  const BlockBounds& bounds() const { return bounds_; }
  const BlockFilter& filter() const { return filter_; }
  std::span<const std::uint8_t> traces() { return traces_.bytes(); }

 private:
  void add_text(Field field, std::string_view text);
  void add_span(const telemetry::Span& span);

  BlockBounds bounds_;
  BlockFilter filter_;
  TraceKeys traces_;
  std::array<std::string, kFieldCount> last_;  // what was added last: most calls repeat it
};

/// A block as it is read back; `filter` may be empty: not known, so anything.
struct BlockView {
  BlockBounds bounds;
  std::span<const std::uint8_t> filter;
};

/// False: no call of the block fits `expression`.
bool may_hold(const Expression& expression, const BlockView& block);
/// Whether may_hold() would look at the filter.
bool asks_filter(const Expression& expression);

/// Names of tools and agents as they are asked for: without the verbs of the OpenTelemetry
/// conventions.
std::string_view tool_name(std::string_view span_name);
std::string_view agent_name(std::string_view span_name);

}  // namespace headgate::storage::query
