#include "cli/traces/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/clock.h"
#include "base/money.h"
#include "base/text/strings.h"
#include "cli/terminal.h"
#include "storage/reports/call_report.h"
#include "storage/reports/tool_report.h"
#include "telemetry/trace_text.h"

namespace headgate::cli {
namespace {

using storage::CallRow;
using storage::CallsBy;
using storage::ToolRow;

constexpr std::array<std::pair<std::string_view, CallsBy>, 6> kBy{{{"hour", CallsBy::hour},
                                                                   {"day", CallsBy::day},
                                                                   {"route", CallsBy::route},
                                                                   {"model", CallsBy::model},
                                                                   {"provider", CallsBy::provider},
                                                                   {"status", CallsBy::status}}};

std::int64_t since_us(const ReportOptions& options) {
  return base::RealClock().unix_us() - static_cast<std::int64_t>(options.hours * 3600e6);
}

std::string percent(std::int64_t part, std::int64_t of) {
  return fmt::format("{:.1f}",
                     of > 0 ? 100.0 * static_cast<double>(part) / static_cast<double>(of) : 0);
}

std::string json_of(const ToolRow& row) {
  return fmt::format(
      R"({{"agent":{},"tool":{},"calls":{},"errors":{},"p95_us":{},"most_frequent_error":{},)"
      R"("stored_calls":{}}})",
      base::json_string(row.agent), base::json_string(row.tool), row.calls, row.errors, row.p95_us,
      base::json_string(row.error), row.stored);
}

std::string json_of(const CallRow& row, std::string_view by) {
  const storage::HourTotals& t = row.totals;
  return fmt::format(
      R"({{"{}":{},"calls":{},"errors":{},"tokens_input":{},"tokens_cached":{},)"
      R"("tokens_output":{},"cost_picodollars":{},"unpriced_calls":{},"p50_us":{},"p95_us":{}}})",
      by, base::json_string(row.name), t.calls, row.errors, t.tokens_input, t.tokens_cached,
      t.tokens_output, t.cost, t.unpriced, t.durations.quantile_us(0.5),
      t.durations.quantile_us(0.95));
}

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return text;
}

std::string duration_cell(const storage::DurationHistogram& durations, double q) {
  return durations.total() > 0 ? telemetry::format_duration(durations.quantile_us(q)) : "-";
}

void print_calls(const std::vector<CallRow>& rows, const ReportOptions& options) {
  Table table({upper(options.by), "CALLS", "ERRORS", "ERROR %", "IN", "CACHED", "OUT", "P50", "P95",
               "COST"},
              1);
  for (const CallRow& row : rows) {
    const storage::HourTotals& t = row.totals;
    std::string cost = t.cost != 0 ? base::format_dollars(t.cost) : "-";
    if (t.unpriced > 0) cost += fmt::format(" + {} unpriced", t.unpriced);
    table.add({name_cell(row.name), std::to_string(t.calls), std::to_string(row.errors),
               percent(row.errors, t.calls), std::to_string(t.tokens_input),
               std::to_string(t.tokens_cached), std::to_string(t.tokens_output),
               duration_cell(t.durations, 0.5), duration_cell(t.durations, 0.95), cost});
  }
  print_now(table.text(options.colour));
}

void note_sampled(const std::vector<ToolRow>& rows) {
  std::int64_t calls = 0;
  std::int64_t stored = 0;
  for (const ToolRow& row : rows) {
    calls += row.calls;
    stored += row.stored;
  }
  if (calls == stored) return;
  note(fmt::format("calls are estimated from the {} that sampling kept", stored));
}

}  // namespace

int run_report_tools(const ReportOptions& options) {
  const auto report = storage::report_tools(options.folder, since_us(options));
  if (!report) return failed(report.error());
  const auto count = std::min(report->rows.size(),
                              static_cast<std::size_t>(std::max<std::int64_t>(options.limit, 0)));
  if (options.json) {
    std::string out = "{\"tools\":[";
    for (std::size_t i = 0; i < count; ++i) out += (i > 0 ? ",\n" : "") + json_of(report->rows[i]);
    print_now(out + fmt::format("],\"left_off\":{},\"agent_not_looked_for\":{}}}\n",
                                report->rows.size() - count, report->unresolved));
    return 0;
  }
  Table table({"AGENT", "TOOL", "MOST FREQUENT ERROR", "CALLS", "ERRORS", "ERROR %", "P95"}, 3);
  for (std::size_t i = 0; i < count; ++i) {
    const ToolRow& row = report->rows[i];
    table.add({name_cell(row.agent), name_cell(row.tool), name_cell(row.error),
               std::to_string(row.calls), std::to_string(row.errors),
               percent(row.errors, row.calls), telemetry::format_duration(row.p95_us)},
              row.errors > 0);
  }
  print_now(table.text(options.colour));
  if (report->rows.empty()) note("no tool was called in that time");
  note_sampled(report->rows);
  if (count < report->rows.size()) {
    note(fmt::format("{} more; --limit shows them", report->rows.size() - count));
  }
  if (report->unresolved > 0) {
    note(fmt::format("the agents of {} calls were not looked for: they belong to too many traces",
                     report->unresolved));
  }
  return 0;
}

int run_report_calls(const ReportOptions& options) {
  const auto by = std::find_if(kBy.begin(), kBy.end(),
                               [&](const auto& one) { return one.first == options.by; });
  if (by == kBy.end()) {
    note("--by takes hour, day, route, model, provider or status, not \"" + options.by + "\"");
    return 1;
  }
  const auto rows = storage::report_calls(options.folder, by->second, since_us(options));
  if (!rows) return failed(rows.error());
  if (!options.json) {
    print_calls(*rows, options);
    return 0;
  }
  std::string out = "{\"calls\":[";
  for (const CallRow& row : *rows) {
    if (&row != &rows->front()) out += ",\n";
    out += json_of(row, options.by);
  }
  print_now(out + "]}\n");
  return 0;
}

}  // namespace headgate::cli
