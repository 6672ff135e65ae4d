#include "cli/load/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include "base/json/writer.h"
#include "cli/terminal.h"
#include "telemetry/trace_text.h"

namespace headgate::cli {

using base::Picodollars;

namespace {

struct Figures {
  std::int64_t tickets = 0;
  std::int64_t ended = 0;
  std::int64_t finished = 0;
  std::int64_t waiting = 0;
  std::optional<std::int64_t> p50_us;
  std::optional<std::int64_t> p95_us;
  double runs_per_s = 0;
  std::optional<Picodollars> saved;
  Picodollars cost_each = 0;
};

std::int64_t count_of(const Tally& tally, const std::string& status) {
  const auto at = tally.statuses.find(status);
  return at == tally.statuses.end() ? 0 : at->second;
}

double percent(std::int64_t part, std::int64_t whole) {
  return whole == 0 ? 0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

// Nearest rank.
std::optional<std::int64_t> percentile(const std::vector<std::int64_t>& sorted, double share) {
  if (sorted.empty()) return std::nullopt;
  const double rank = std::ceil(share * static_cast<double>(sorted.size()));
  return sorted[std::max<std::size_t>(1, static_cast<std::size_t>(rank)) - 1];
}

// Nothing: a model that read from a cache has no price.
std::optional<Picodollars> saved_by_caches(const Tally& tally, const Savings* savings,
                                           std::int64_t unix_us) {
  if (savings == nullptr) return std::nullopt;
  Picodollars sum = 0;
  for (const auto& [name, model] : tally.models) {
    if (model.cached_tokens == 0) continue;
    const auto saved = savings->of(name, model.cached_tokens, unix_us);
    if (!saved) return std::nullopt;
    sum += *saved;
  }
  return sum;
}

Figures figures_of(const LoadResult& result, const Savings* savings, std::int64_t unix_us) {
  Figures out;
  const Tally& tally = result.tally;
  out.tickets = static_cast<std::int64_t>(result.asked.size());
  out.finished = count_of(tally, "finished");
  out.waiting = count_of(tally, "waiting_for_approval");
  out.ended = out.tickets - out.waiting;  // those that failed to begin or were lost among them
  std::vector<std::int64_t> latencies;
  for (const Asked& asked : result.asked) {
    if (asked.latency_us >= 0) latencies.push_back(asked.latency_us);
  }
  std::sort(latencies.begin(), latencies.end());
  out.p50_us = percentile(latencies, 0.50);
  out.p95_us = percentile(latencies, 0.95);
  const auto begun = static_cast<double>(out.tickets - result.not_begun);
  if (result.elapsed_us > 0) out.runs_per_s = begun * 1e6 / static_cast<double>(result.elapsed_us);
  out.saved = saved_by_caches(tally, savings, unix_us);
  if (begun > 0) out.cost_each = tally.cost / static_cast<std::int64_t>(begun);
  return out;
}

// For people: to the hundredth of a cent.
std::string dollars(Picodollars amount) {
  return fmt::format("${:.4f}", static_cast<double>(amount) / base::kPicodollarsPerDollar);
}

std::string duration(const std::optional<std::int64_t>& us) {
  return us ? telemetry::format_duration(*us) : "-";
}

std::string statuses_text(const Tally& tally) {
  std::string out;
  for (const auto& [status, count] : tally.statuses) {
    if (status == "finished") continue;
    out += fmt::format("{}{} {}", out.empty() ? "" : ", ", count, status);
  }
  return out;
}

std::string tools_text(const Tally& tally) {
  Table out({"TOOL", "CALLS", "ERRORS", "ERROR RATE", "REFUSED"}, 1);
  for (const auto& [name, tool] : tally.tools) {
    const std::int64_t calls = tool.ok + tool.errors;
    out.add({name_cell(name), std::to_string(calls), std::to_string(tool.errors),
             fmt::format("{:.1f} %", percent(tool.errors, calls)), std::to_string(tool.refused)});
  }
  return out.empty() ? "no tool was called\n" : out.text(false);
}

std::string errors_text(const LoadResult& result) {
  constexpr int kShownMax = 5;
  std::string out;
  int count = 0;
  for (const Asked& asked : result.asked) {
    if (asked.error.empty() || ++count > kShownMax) continue;
    out += fmt::format("  {}: {}\n", asked.run.empty() ? "no run" : asked.run,
                       telemetry::printable(asked.error));
  }
  if (count > kShownMax) out += fmt::format("  and {} more\n", count - kShownMax);
  return out;
}

void add(std::string& out, std::string_view name, const std::string& value) {
  out += fmt::format("  {:<20} {}\n", name, value);
}

void add_money(std::string& out, const Figures& figures, const Tally& tally, std::int64_t begun) {
  const auto each = [&](std::int64_t tokens) { return begun == 0 ? 0 : tokens / begun; };
  add(out, "tokens per request",
      fmt::format("{} in, {} out ({} in, {} out in all)", each(tally.input_tokens),
                  each(tally.output_tokens), tally.input_tokens, tally.output_tokens));
  std::string cost = fmt::format("{} ({} in all)", dollars(figures.cost_each), dollars(tally.cost));
  if (tally.unpriced_runs > 0) {
    cost += fmt::format("; {} runs have calls without a price", tally.unpriced_runs);
  }
  add(out, "cost per request", cost);
  std::string cached =
      fmt::format("{} input tokens read from caches, {:.1f} %", tally.cached_tokens,
                  percent(tally.cached_tokens, tally.input_tokens));
  if (figures.saved) {
    cached += fmt::format("; {} saved, {:.1f} % of the cost without them", dollars(*figures.saved),
                          percent(*figures.saved, *figures.saved + tally.cost));
  }
  add(out, "cache savings", cached);
}

}  // namespace

std::string load_text(const LoadResult& result, const Savings* savings, std::int64_t unix_us) {
  const Figures figures = figures_of(result, savings, unix_us);
  const Tally& tally = result.tally;
  const std::int64_t begun = figures.tickets - result.not_begun;
  std::string out;
  add(out, "tickets",
      fmt::format("{} in {:.1f} s, {:.1f} runs/s", figures.tickets,
                  static_cast<double>(result.elapsed_us) / 1e6, figures.runs_per_s));
  const std::string others = statuses_text(tally);
  add(out, "success rate",
      fmt::format("{:.2f} % ({} of {} finished{})", percent(figures.finished, figures.ended),
                  figures.finished, figures.ended, others.empty() ? "" : "; " + others));
  add(out, "run p50, p95",
      fmt::format("{}, {}", duration(figures.p50_us), duration(figures.p95_us)));
  add(out, "steps", fmt::format("{} calls of models, {} handoffs", tally.steps, tally.handoffs));
  add_money(out, figures, tally, begun);
  add(out, "escalations", std::to_string(tally.escalations));
  add(out, "approvals",
      fmt::format("{} asked, {} given, {} denied, {} waiting", tally.approvals_asked,
                  tally.approvals_given, tally.approvals_denied, figures.waiting));
  add(out, "runs lost", std::to_string(result.lost));
  if (result.not_begun > 0) add(out, "not begun", std::to_string(result.not_begun));
  if (result.repeated > 0) {
    add(out, "requests repeated", std::to_string(result.repeated) + ", with the same key");
  }
  return out + errors_text(result) + "\n" + tools_text(tally);
}

namespace {

void write_counts(base::json::Writer& to, std::string_view name,
                  const std::map<std::string, std::int64_t>& counts) {
  to.object(name);
  for (const auto& [key, count] : counts) to.member(key, count);
  to.end_object();
}

void write_tools(base::json::Writer& to, const Tally& tally) {
  to.object("tools");
  for (const auto& [name, tool] : tally.tools) {
    to.object(name);
    to.member("calls", tool.ok + tool.errors);
    to.member("errors", tool.errors);
    to.member("refused", tool.refused);
    to.end_object();
  }
  to.end_object();
}

void write_optional(base::json::Writer& to, std::string_view name,
                    const std::optional<std::int64_t>& value) {
  if (value) {
    to.member(name, *value);
  } else {
    to.member_null(name);
  }
}

void write_sums(base::json::Writer& to, const Tally& tally) {
  to.member("steps", tally.steps);
  to.member("handoffs", tally.handoffs);
  to.member("input_tokens", tally.input_tokens);
  to.member("cached_tokens", tally.cached_tokens);
  to.member("output_tokens", tally.output_tokens);
  to.member("cost_usd", base::format_dollars(tally.cost).substr(1));
  to.member("unpriced_runs", tally.unpriced_runs);
  to.member("escalations", tally.escalations);
  to.member("approvals_asked", tally.approvals_asked);
  to.member("approvals_given", tally.approvals_given);
  to.member("approvals_denied", tally.approvals_denied);
}

}  // namespace

std::string load_json(const LoadResult& result, const Savings* savings, std::int64_t unix_us) {
  const Figures figures = figures_of(result, savings, unix_us);
  std::string out;
  base::json::Writer to(out);
  to.begin_object();
  to.member("tickets", figures.tickets);
  to.member("finished", figures.finished);
  to.member("waiting", figures.waiting);
  to.member("lost", result.lost);
  to.member("not_begun", result.not_begun);
  to.member("requests_repeated", result.repeated);
  to.member("elapsed_us", result.elapsed_us);
  to.member_raw("success_rate",
                fmt::format("{:.6f}", percent(figures.finished, figures.ended) / 100));
  to.member_raw("runs_per_s", fmt::format("{:.3f}", figures.runs_per_s));
  write_optional(to, "p50_us", figures.p50_us);
  write_optional(to, "p95_us", figures.p95_us);
  write_counts(to, "statuses", result.tally.statuses);
  write_counts(to, "agents", result.tally.agents);
  write_sums(to, result.tally);
  to.member("cost_per_request_usd", base::format_dollars(figures.cost_each).substr(1));
  if (figures.saved) {
    to.member("cache_saved_usd", base::format_dollars(*figures.saved).substr(1));
  } else {
    to.member_null("cache_saved_usd");
  }
  write_tools(to, result.tally);
  to.array("errors");
  for (const Asked& asked : result.asked) {
    if (!asked.error.empty()) to.string(asked.error);
  }
  to.end_array();
  to.end_object();
  return out + "\n";
}

}  // namespace headgate::cli
