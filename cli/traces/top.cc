#include "cli/traces/top.h"

#include <fmt/format.h>

#include <chrono>
#include <vector>

#include "base/clock.h"
#include "base/money.h"
#include "base/text/strings.h"
#include "cli/terminal.h"
#include "storage/reports/activity.h"
#include "telemetry/trace_text.h"

namespace headgate::cli {
namespace {

using storage::Activity;
using storage::ActivityRow;

constexpr std::chrono::milliseconds kEvery{2000};
constexpr const char* kClear = "\x1b[H\x1b[2J";

double rate(const ActivityRow& row, const Activity& activity) {
  return static_cast<double>(row.calls) * 1e6 / static_cast<double>(activity.window_us);
}

std::string cost_cell(const ActivityRow& row) {
  std::string out = row.cost != 0 ? base::format_dollars(row.cost) : "";
  if (row.unpriced) out += out.empty() ? "unpriced" : " + unpriced";
  return out.empty() ? "-" : out;
}

std::string table(const char* title, const std::vector<ActivityRow>& rows, const Activity& activity,
                  bool colour) {
  constexpr double kMarkedPercent = 5;
  Table out({title, "CALLS", "PER S", "ERRORS", "ERROR %", "P95", "COST"}, 1);
  for (const ActivityRow& row : rows) {
    const double percent = 100.0 * static_cast<double>(row.errors) / static_cast<double>(row.calls);
    out.add(
        {name_cell(row.name), std::to_string(row.calls), fmt::format("{:.2f}", rate(row, activity)),
         std::to_string(row.errors), fmt::format("{:.1f}", percent),
         telemetry::format_duration(row.p95_us), cost_cell(row)},
        percent >= kMarkedPercent);
  }
  if (out.empty()) return fmt::format("{}\n  none\n", title);
  return out.text(colour);
}

std::string text_of(const Activity& activity, std::int64_t now_us, bool colour) {
  std::string out = fmt::format("{}, last {:g} minutes\n", telemetry::format_time(now_us),
                                static_cast<double>(activity.window_us) / 60e6);
  out += "\n" + table("ROUTE", activity.routes, activity, colour);
  out += "\n" + table("MODEL", activity.models, activity, colour);
  out += "\n" + table("TOOL", activity.tools, activity, colour);
  if (activity.cut)
    out += "\nThere were more calls than are counted here: the oldest are left out.\n";
  return out;
}

std::string json_rows(const std::vector<ActivityRow>& rows, const Activity& activity) {
  std::string out = "[";
  for (const ActivityRow& row : rows) {
    if (out.size() > 1) out += ',';
    out += fmt::format(R"({{"name":{},"calls":{},"calls_per_s":{:.4f},"errors":{},"p95_us":{},)"
                       R"("cost_picodollars":{},"unpriced":{}}})",
                       base::json_string(row.name), row.calls, rate(row, activity), row.errors,
                       row.p95_us, row.cost, row.unpriced);
  }
  return out + "]";
}

std::string json_of(const Activity& activity, std::int64_t now_us) {
  return fmt::format(
             R"({{"unix_us":{},"window_us":{},"cut":{},"routes":{},"models":{},"tools":{}}})",
             now_us, activity.window_us, activity.cut, json_rows(activity.routes, activity),
             json_rows(activity.models, activity), json_rows(activity.tools, activity)) +
         "\n";
}

}  // namespace

int run_top(const TopOptions& options) {
  const base::RealClock clock;
  Interrupts interrupts;
  storage::ActivityWindow window(options.folder, static_cast<std::int64_t>(options.minutes * 60e6));
  do {
    const std::int64_t now_us = clock.unix_us();
    const auto activity = window.look(now_us);
    if (!activity) return failed(activity.error());
    std::string out =
        options.json ? json_of(*activity, now_us) : text_of(*activity, now_us, options.colour);
    if (options.terminal && !options.once && !options.json) out = kClear + out;
    if (!print_now(out) || options.once) return 0;
  } while (interrupts.wait(kEvery));
  return 0;
}

}  // namespace headgate::cli
