// Calls for people: the table of `headgate trace ls`, and the parts of text that it shares with the
// tree (trace_tree.h). Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "telemetry/span.h"
#include "telemetry/terminal_text.h"

namespace headgate::telemetry {

/// "812µs", "120ms", "1.25s".
std::string format_duration(std::int64_t us);

/// "2026-11-23 14:57:41Z".
std::string format_time(std::int64_t unix_us);

/// "$0.0012", "unpriced", "$0.0012 + unpriced"; empty when nothing was spent.
std::string format_cost(const Span& span);

/// A line per call with its head's columns, below a line of titles.
std::string trace_table(std::span<const ExchangeRecord> heads, const TextStyle& style);

/// One exchange as a JSON object, everything in it; appended to `out`.
void append_json(std::string& out, const ExchangeRecord& record);

}  // namespace headgate::telemetry
