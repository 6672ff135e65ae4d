#include "storage/reports/tool_report.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <utility>

#include "base/ids.h"
#include "storage/partitions/day.h"
#include "storage/query/block.h"
#include "storage/sampling/policy.h"
#include "storage/tiers/duration_histogram.h"
#include "storage/traces/partition_reader.h"

namespace headgate::storage {
namespace {

constexpr std::string_view kTools =
    "SELECT s.id, name, error, duration_us, json_extract(attributes, '$.\"gen_ai.agent.name\"')"
    " FROM tool_spans AS t CROSS JOIN spans AS s NOT INDEXED ON s.id = t.id"
    " WHERE t.id >= ? AND start_us >= ? ORDER BY t.id";
constexpr std::string_view kCallOf =
    "SELECT id, span_count, workflow, trace_id,"
    " (SELECT ppm FROM sampled WHERE sampled.id = spans.id) FROM spans NOT INDEXED"
    " WHERE id <= ? AND span_count IS NOT NULL ORDER BY id DESC LIMIT 1";
constexpr std::string_view kSpans =
    "SELECT span_id, parent_id, kind = 'agent', name, id FROM spans NOT INDEXED"
    " WHERE id BETWEEN ? AND ?";
constexpr std::size_t kTracesMax = 5'000;
constexpr std::int64_t kCallsOfTrace = 200;
constexpr int kDepthMax = 64;

using SpanKey = std::string;  // the id's bytes

struct Above {
  SpanKey parent;
  std::string agent;  // of a span that is one
};
using Spans = std::map<SpanKey, Above>;

std::string bytes_of(Statement& row, int column) {
  const auto bytes = row.blob(column);
  return {bytes.begin(), bytes.end()};
}

// The nearest agent above `span`; nothing when the way up leaves `spans` before there is one.
std::optional<std::string> agent_above(const Spans& spans, SpanKey span) {
  for (int depth = 0; depth < kDepthMax; ++depth) {
    const auto at = spans.find(span);
    if (at == spans.end()) return std::nullopt;
    if (!at->second.agent.empty()) return at->second.agent;
    span = at->second.parent;
  }
  return std::nullopt;
}

struct Totals {
  double calls = 0;
  double errors = 0;
  std::int64_t stored = 0;
  DurationHistogram durations;
  std::map<std::string, double> by_error;
};

class Report {
 public:
  base::Result<void> read(PartitionReader& partition, std::int64_t since_us) {
    database_ = &partition.database();
    call_end_ = 0;
    const auto first = partition.first_id_since(since_us);
    if (!first) return first.error();
    auto tools = database_->prepare(kTools);
    if (!tools) return tools.error();
    tools->bind(1, *first);
    tools->bind(2, since_us);
    for (;;) {
      const auto row = tools->step();
      if (!row) return row.error();
      if (!*row) return {};
      auto agent = agent_of(partition, *tools);
      if (!agent) return agent.error();
      const auto weight = weight_of(tools->integer(0));
      if (!weight) return weight.error();
      add(std::move(*agent), *tools, *weight);
    }
  }

  ToolReport take() && {
    ToolReport report;
    report.unresolved = unresolved_;
    for (auto& [key, totals] : totals_) {
      ToolRow row{key.first,
                  key.second,
                  std::llround(totals.calls),
                  std::llround(totals.errors),
                  totals.durations.quantile_us(0.95),
                  {},
                  totals.stored};
      const auto most =
          std::max_element(totals.by_error.begin(), totals.by_error.end(),
                           [](const auto& a, const auto& b) { return a.second < b.second; });
      if (most != totals.by_error.end()) row.error = most->first;
      report.rows.push_back(std::move(row));
    }
    std::stable_sort(report.rows.begin(), report.rows.end(), [](const auto& a, const auto& b) {
      return std::pair(a.errors, a.calls) > std::pair(b.errors, b.calls);
    });
    return report;
  }

 private:
  void add(std::string agent, Statement& tool, double weight) {
    Totals& totals = totals_[{std::move(agent), std::string(query::tool_name(tool.text(1)))}];
    totals.calls += weight;
    ++totals.stored;
    totals.durations.add(tool.integer(3), static_cast<std::uint64_t>(std::llround(weight)));
    if (tool.is_null(2)) return;
    totals.errors += weight;
    totals.by_error[std::string(tool.text(2))] += weight;
  }

  base::Result<double> weight_of(std::int64_t id) {
    const auto loaded = id >= call_end_ ? load_call(id) : base::Result<void>();
    if (!loaded) return loaded.error();
    return weight_;
  }

  base::Result<std::string> agent_of(PartitionReader& partition, Statement& tool) {
    if (!tool.text(4).empty()) return std::string(tool.text(4));
    const std::int64_t id = tool.integer(0);
    if (id >= call_end_) {
      const auto loaded = load_call(id);
      if (!loaded) return loaded.error();
    }
    const auto own = by_row_.find(id);
    const SpanKey span = own == by_row_.end() ? SpanKey() : own->second;
    if (const auto here = agent_above(spans_, span)) return *here;
    auto elsewhere = agent_in_trace(partition, span);
    if (!elsewhere) return elsewhere.error();
    return elsewhere->empty() ? workflow_ : *elsewhere;
  }

  // The call that row `id` belongs to.
  base::Result<void> load_call(std::int64_t id) {
    auto call = database_->prepare(kCallOf);
    if (!call) return call.error();
    call->bind(1, id);
    const auto row = call->step();
    if (!row) return row.error();
    const std::int64_t head = *row ? call->integer(0) : id;
    call_end_ = *row ? head + call->integer(1) : id + 1;
    workflow_ = *row ? std::string(call->text(2)) : std::string();
    trace_ = *row ? bytes_of(*call, 3) : std::string();
    weight_ = *row ? sampling_weight(call->integer(4)) : 1;
    spans_.clear();
    by_row_.clear();
    return load_spans(head, call_end_ - 1, spans_, &by_row_);
  }

  base::Result<void> load_spans(std::int64_t first, std::int64_t last, Spans& spans,
                                std::map<std::int64_t, SpanKey>* rows_of) {
    auto rows = database_->prepare(kSpans);
    if (!rows) return rows.error();
    rows->bind(1, first);
    rows->bind(2, last);
    for (;;) {
      const auto row = rows->step();
      if (!row) return row.error();
      if (!*row) return {};
      SpanKey key = bytes_of(*rows, 0);
      if (rows_of != nullptr) (*rows_of)[rows->integer(4)] = key;
      const bool agent = rows->integer(2) != 0;
      spans[std::move(key)] = {bytes_of(*rows, 1),
                               agent ? std::string(query::agent_name(rows->text(3))) : ""};
    }
  }

  // Spans of one trace may come in several calls: an agent ends after its tools do.
  base::Result<std::string> agent_in_trace(PartitionReader& partition, const SpanKey& span) {
    auto known = traces_.find(trace_);
    if (known == traces_.end()) {
      if (traces_.size() >= kTracesMax) return ++unresolved_, std::string();
      auto loaded = load_trace(partition);
      if (!loaded) return loaded.error();
      known = traces_.emplace(trace_, std::move(*loaded)).first;
    }
    return agent_above(known->second, span).value_or("");
  }

  base::Result<Spans> load_trace(PartitionReader& partition) {
    base::TraceId id;
    Spans spans;
    if (trace_.size() != id.bytes.size()) return spans;
    std::copy(trace_.begin(), trace_.end(), id.bytes.begin());
    const auto calls = partition.find(id, id, kCallsOfTrace);
    if (!calls) return calls.error();
    for (const StoredExchange& call : *calls) {
      const auto loaded =
          load_spans(call.row_id(), call.row_id() + call.span_count() - 1, spans, nullptr);
      if (!loaded) return loaded.error();
    }
    return spans;
  }

  Database* database_ = nullptr;
  std::map<std::pair<std::string, std::string>, Totals> totals_;
  std::map<std::string, Spans> traces_;
  std::int64_t unresolved_ = 0;
  // The call that was looked at last.
  std::int64_t call_end_ = 0;
  std::string workflow_;
  std::string trace_;
  double weight_ = 1;
  Spans spans_;
  std::map<std::int64_t, SpanKey> by_row_;
};

}  // namespace

base::Result<ToolReport> report_tools(const std::string& folder, std::int64_t since_unix_us) {
  Report report;
  for (const Day day : partition_days(folder)) {
    if ((day + 1) * kDayUs < since_unix_us) break;
    auto partition = PartitionReader::open(folder, day);
    if (!partition && partition.error().code == base::Errc::not_found) continue;
    if (!partition) return partition.error();
    const auto read = report.read(*partition, since_unix_us);
    if (!read) return read.error();
  }
  return std::move(report).take();
}

}  // namespace headgate::storage
