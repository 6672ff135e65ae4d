#include "cli/traces/trace.h"

#include <cstdio>
#include <limits>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "cli/terminal.h"
#include "storage/traces/recovery.h"
#include "storage/traces/trace_reader.h"
#include "telemetry/trace_text.h"
#include "telemetry/trace_tree.h"

namespace headgate::cli {
namespace {

void print(std::FILE* to, std::string_view text) { std::fwrite(text.data(), 1, text.size(), to); }

// A running server stores its own journals; one that may not be opened only leaves the newest
// unseen.
void recover(const std::string& folder) {
  const auto recovered =
      storage::recover_folder(folder, storage::day_of(base::RealClock().unix_us()), note);
  if (!recovered && recovered.error().code != base::Errc::conflict) {
    note("the newest traces may be missing: " + recovered.error().detail);
  }
}

std::vector<telemetry::ExchangeRecord> records(const std::vector<storage::StoredExchange>& all) {
  std::vector<telemetry::ExchangeRecord> out;
  for (const storage::StoredExchange& exchange : all) out.push_back(exchange.record());
  return out;
}

std::string json_list(const std::vector<telemetry::ExchangeRecord>& all) {
  std::string out = "[";
  for (const telemetry::ExchangeRecord& record : all) {
    if (out.size() > 1) out += ",\n";
    telemetry::append_json(out, record);
  }
  return out + "]";
}

std::string losses(const storage::TraceTotals& totals) {
  std::string out;
  if (totals.dropped > 0) {
    out += std::to_string(totals.dropped) + " traces were dropped: a journal was full\n";
  }
  if (totals.damaged > 0) {
    out += std::to_string(totals.damaged) + " places in journals were damaged and skipped\n";
  }
  return out;
}

std::string gaps(const storage::TraceList& found) {
  std::string out;
  if (found.unsearched > 0) {
    out += "the content of " + std::to_string(found.unsearched) +
           " older calls was not searched: too much is not in the text index yet\n";
  }
  if (found.lost > 0) {
    out += std::to_string(found.lost) + " calls have no content any more to look into\n";
  }
  return out;
}

}  // namespace

int run_trace_ls(const TraceLsOptions& options) {
  recover(options.folder);
  auto reader = storage::TraceReader::open(options.folder);
  if (!reader) return failed(reader.error());
  auto where = options.filter.expression(base::RealClock().unix_us());
  if (!where) return failed(where.error());
  const auto found = reader->list({std::move(*where), options.limit});
  if (!found) return failed(found.error());
  const auto totals = reader->totals();
  if (!totals) return failed(totals.error());
  const auto heads = records(found->calls);
  if (options.json) {
    print(stdout, "{\"traces\":" + json_list(heads) +
                      ",\"dropped\":" + std::to_string(totals->dropped) +
                      ",\"damaged\":" + std::to_string(totals->damaged) +
                      ",\"unsearched\":" + std::to_string(found->unsearched) +
                      ",\"without_content\":" + std::to_string(found->lost) + "}\n");
    return 0;
  }
  print(stdout, telemetry::trace_table(heads, {.colour = options.colour}));
  if (heads.empty()) note("no trace matches");
  print(stderr, losses(*totals) + gaps(*found));
  return 0;
}

int run_trace_show(const TraceShowOptions& options) {
  recover(options.folder);
  auto reader = storage::TraceReader::open(options.folder);
  if (!reader) return failed(reader.error());
  const auto trace = reader->get(options.id);
  if (!trace) return failed(trace.error());
  const auto exchanges = records(trace->exchanges);
  if (options.json) {
    print(stdout, "{\"trace_id\":\"" + trace->id.hex() +
                      "\",\"exchanges\":" + json_list(exchanges) + "}\n");
  } else {
    telemetry::TextStyle style{.colour = options.colour};
    if (options.full) style.content_bytes_max = std::numeric_limits<std::size_t>::max();
    print(stdout, telemetry::trace_tree(exchanges, style));
  }
  if (trace->without_content > 0) {
    note(std::to_string(trace->without_content) + " of the calls have lost their content");
  }
  return 0;
}

}  // namespace headgate::cli
