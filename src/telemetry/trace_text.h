// Traces for people: the table of `headgate trace ls` and the tree of `headgate trace show`, as
// text. Pure. Content comes from models and their users, so nothing in it reaches the terminal as a
// control character.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "telemetry/span.h"

namespace headgate::telemetry {

struct TextStyle {
  bool colour = false;                  // ANSI escapes
  std::size_t content_bytes_max = 400;  // of a prompt or completion; more is cut and said to be cut
};

/// `text` with control characters, line separators, bidirectional overrides and invalid UTF-8
/// written as escapes, so that printing it moves no cursor and hides nothing.
std::string printable(std::string_view text);

/// "812µs", "120ms", "1.25s".
std::string format_duration(std::int64_t us);

/// "2026-11-23 14:57:41Z".
std::string format_time(std::int64_t unix_us);

/// "$0.0012", "unpriced", "$0.0012 + unpriced"; empty when nothing was spent.
std::string format_cost(const Span& span);

/// A line per call with its head's columns, below a line of titles.
std::string trace_table(std::span<const ExchangeRecord> heads, const TextStyle& style);

/// All of one trace: spans below their parents, also those of other calls.
std::string trace_tree(std::span<const ExchangeRecord> exchanges, const TextStyle& style);

/// One exchange as a JSON object, everything in it; appended to `out`.
void append_json(std::string& out, const ExchangeRecord& record);

}  // namespace headgate::telemetry
