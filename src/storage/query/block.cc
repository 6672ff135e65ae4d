#include "storage/query/block.h"

#include <algorithm>

#include "base/errc.h"
#include "storage/journal/checksum.h"

namespace headgate::storage::query {
namespace {

constexpr std::uint64_t kBits = kBlockFilterBytes * 8;
constexpr int kHashes = 5;

struct Hashes {
  std::uint64_t first;
  std::uint64_t step;
};

Hashes hashes_of(Field field, std::string_view text) {
  const std::uint64_t hash =
      xxh64(std::as_bytes(std::span(text)), static_cast<std::uint64_t>(field) + 1);
  return {hash, (hash >> 32) | 1};
}

bool excludes_number(const Comparison& c, std::int64_t least, std::int64_t most) {
  return std::all_of(c.values.begin(), c.values.end(), [&](const Value& value) {
    switch (c.op) {
      case Op::lt: return least >= value.number;
      case Op::le: return least > value.number;
      case Op::gt: return most <= value.number;
      case Op::ge: return most < value.number;
      default: return value.number < least || value.number > most;
    }
  });
}

bool may_hold_text(const Comparison& c, std::span<const std::uint8_t> filter) {
  if (filter.empty() || c.op != Op::eq || !in_block_filter(c.field)) return true;
  return std::any_of(c.values.begin(), c.values.end(), [&](const Value& value) {
    return value.text.empty() || BlockFilter::may_hold(filter, c.field, value.text);
  });
}

bool may_compare(const Comparison& c, const BlockView& block) {
  constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();
  const BlockBounds& bounds = block.bounds;
  switch (c.field) {
    case Field::time: return !excludes_number(c, bounds.oldest_us, bounds.newest_us);
    case Field::latency: return !excludes_number(c, kLeast, bounds.latency_max_us);
    case Field::cost: return !excludes_number(c, kLeast, bounds.cost_max);
    case Field::error:
      if (c.values.front().text.empty()) {
        return c.values.front().number == 0 || bounds.errors > 0;
      }
      return bounds.errors > 0 && may_hold_text(c, block.filter);
    default: return may_hold_text(c, block.filter);
  }
}

constexpr std::array kRecordTexts{
    std::pair{Field::request, &telemetry::ExchangeRecord::request_id},
    std::pair{Field::user, &telemetry::ExchangeRecord::user},
    std::pair{Field::session, &telemetry::ExchangeRecord::session},
    std::pair{Field::workflow, &telemetry::ExchangeRecord::workflow},
    std::pair{Field::tenant, &telemetry::ExchangeRecord::tenant},
    std::pair{Field::tier, &telemetry::ExchangeRecord::tier},
    std::pair{Field::key, &telemetry::ExchangeRecord::key_id},
    std::pair{Field::route, &telemetry::ExchangeRecord::route},
    std::pair{Field::release, &telemetry::ExchangeRecord::release},
};

std::string_view without(std::string_view text, std::string_view prefix) {
  return text.starts_with(prefix) ? text.substr(prefix.size()) : text;
}

}  // namespace

std::string_view tool_name(std::string_view span_name) {
  return without(span_name, "execute_tool ");
}
std::string_view agent_name(std::string_view span_name) {
  return without(span_name, "invoke_agent ");
}

void BlockFilter::add(Field field, std::string_view text) {
  const auto [first, step] = hashes_of(field, text);
  for (std::uint64_t i = 0; i < kHashes; ++i) {
    const std::uint64_t bit = (first + i * step) % kBits;
    bits_[bit / 8] |= static_cast<std::uint8_t>(1 << bit % 8);
  }
}

bool BlockFilter::may_hold(std::span<const std::uint8_t> bytes, Field field,
                           std::string_view text) {
  if (bytes.size() != kBlockFilterBytes) return true;
  const auto [first, step] = hashes_of(field, text);
  for (std::uint64_t i = 0; i < kHashes; ++i) {
    const std::uint64_t bit = (first + i * step) % kBits;
    if ((bytes[bit / 8] >> bit % 8 & 1) == 0) return false;
  }
  return true;
}

void BlockBuilder::add_text(Field field, std::string_view text) {
  std::string& last = last_[static_cast<std::size_t>(field)];
  if (text.empty() || text == last) return;
  last = text;
  filter_.add(field, text);
}

void BlockBuilder::add_span(const telemetry::Span& span) {
  add_text(Field::provider, span.provider);
  add_text(Field::kind, telemetry::name(span.kind));
  if (span.kind == telemetry::SpanKind::tool) add_text(Field::tool, tool_name(span.name));
  if (telemetry::name(span.kind) == "agent") add_text(Field::agent, agent_name(span.name));
}

void BlockBuilder::add(const telemetry::ExchangeRecord& record, std::int64_t id) {
  traces_.add(record.trace, static_cast<std::uint16_t>(id & (kBlockRows - 1)));
  const telemetry::Span& head = record.spans.front();
  ++bounds_.calls;
  bounds_.errors += head.error ? 1 : 0;
  bounds_.oldest_us = std::min(bounds_.oldest_us, head.start_unix_us);
  bounds_.newest_us = std::max(bounds_.newest_us, head.start_unix_us);
  bounds_.latency_max_us = std::max(bounds_.latency_max_us, head.duration_us);
  if (head.cost) bounds_.cost_max = std::max(bounds_.cost_max, *head.cost);
  for (const auto& [field, text] : kRecordTexts) add_text(field, record.*text);
  add_text(Field::model, head.model_requested);
  if (head.model_served != head.model_requested) filter_.add(Field::model, head.model_served);
  add_text(Field::response, head.response_id);
  if (head.error) add_text(Field::error, base::row(*head.error).name);
  for (const telemetry::Span& span : record.spans) add_span(span);
}

void BlockBuilder::clear() {
  bounds_ = {};
  filter_.clear();
  traces_.clear();
  for (std::string& text : last_) text.clear();
}

bool may_hold(const Expression& expression, const BlockView& block) {
  const auto each = [&](const Expression& one) { return may_hold(one, block); };
  const auto& below = expression.below;
  switch (expression.kind) {
    case Expression::Kind::all: return std::all_of(below.begin(), below.end(), each);
    case Expression::Kind::any: return std::any_of(below.begin(), below.end(), each);
    case Expression::Kind::no: return true;
    case Expression::Kind::comparison: return may_compare(expression.comparison, block);
  }
  return true;
}

bool asks_filter(const Expression& expression) {
  const auto& below = expression.below;
  switch (expression.kind) {
    case Expression::Kind::no: return false;
    case Expression::Kind::comparison: {
      const Comparison& c = expression.comparison;
      return c.op == Op::eq && in_block_filter(c.field) && !c.values.front().text.empty();
    }
    default: return std::any_of(below.begin(), below.end(), asks_filter);
  }
}

}  // namespace headgate::storage::query
