// What spans from outside cost, and which of them count: a call that went through this gateway is
// counted there, and a span that sums up what is below it is not counted again. Works on one
// request's spans at a time, from the deepest up; what reaches beyond it goes through Seen.
#pragma once

#include <cstdint>
#include <vector>

#include "gateway/catalog.h"
#include "server/otlp/seen.h"
#include "telemetry/conventions/read.h"

namespace headgate::server {

/// Why a span has the cost it has; the value of its attribute telemetry::kCostSourceKey.
enum class CostSource : std::uint8_t { none, price_book, reported, gateway, below };
std::string_view name(CostSource source);

/// Whether what it used is counted here: then it has a cost, or is unpriced.
inline bool is_counted(const telemetry::Span& span) {
  return span.cost.has_value() || span.unpriced;
}

/// Sets cost and unpriced of the spans; the answer says why, for each. Only model calls (kind llm)
/// with usage have a cost, and only those that are counted nowhere else.
std::vector<CostSource> price_spans(std::vector<telemetry::ReadSpan>& spans,
                                    const gateway::Catalog& catalog, Seen& seen);

}  // namespace headgate::server
