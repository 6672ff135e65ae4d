#include "cli/traces/tail.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "cli/terminal.h"
#include "storage/reports/call_follower.h"
#include "storage/traces/trace_reader.h"
#include "telemetry/trace_text.h"

namespace headgate::cli {
namespace {

constexpr std::chrono::milliseconds kLook{200};
constexpr std::int64_t kCallsAtOnce = 500;

std::string line(const telemetry::ExchangeRecord& record, const TailOptions& options) {
  std::string out;
  if (options.json) {
    telemetry::append_json(out, record);
    return out + "\n";
  }
  const telemetry::Span& head = record.spans.front();
  const auto model = head.model_served.empty() ? head.model_requested : head.model_served;
  const std::string status = head.error ? std::string(base::row(*head.error).name) : "ok";
  const std::string cost = telemetry::format_cost(head);
  out = fmt::format("{}  {}  {:<20}  {:<12}  {:<24}  {:>8}  {}",
                    telemetry::format_time(head.start_unix_us), record.trace.hex().substr(0, 16),
                    status, name_cell(std::string(record.route)), name_cell(std::string(model)),
                    telemetry::format_duration(head.duration_us), cost.empty() ? "-" : cost);
  if (!record.user.empty()) out += "  user " + name_cell(std::string(record.user));
  if (!head.error_message.empty()) {
    out += "  " + telemetry::printable(head.error_message.substr(0, 200));
  }
  if (options.colour && head.error) out = "\x1b[31m" + out + "\x1b[0m";
  return out + "\n";
}

class Tail {
 public:
  Tail(const TailOptions& options, storage::query::Expression where)
      : options_(options), where_(std::move(where)), follower_(options.folder) {}

  int run() {
    Interrupts interrupts;
    const auto begun = begin();
    if (!begun) return failed(begun.error());
    do {
      const auto shown = show_new();
      if (!shown) return failed(shown.error());
      if (!*shown) return 0;
    } while (interrupts.wait(kLook));
    return 0;
  }

 private:
  using Key = std::pair<base::TraceId, base::SpanId>;
  static Key key_of(const telemetry::ExchangeRecord& record) {
    return {record.trace, record.spans.front().id};
  }

  // Calls that come while the last ones are listed are in both: shown once.
  base::Result<void> begin() {
    const auto skipped = follower_.skip_to_end();
    if (!skipped || options_.last <= 0) return skipped;
    auto reader = storage::TraceReader::open(options_.folder);
    if (!reader)
      return reader.error().code == base::Errc::not_found ? base::Result<void>() : reader.error();
    auto list = reader->list({where_, options_.last});
    if (!list) return list.error();
    std::string out;
    for (auto call = list->calls.rbegin(); call != list->calls.rend(); ++call) {
      shown_.insert(key_of(call->record()));
      out += line(call->record(), options_);
    }
    print_now(out);
    return {};
  }

  // False: nobody reads the output.
  base::Result<bool> show_new() {
    for (bool more = true; more;) {
      const auto calls = follower_.next(where_, kCallsAtOnce);
      if (!calls) return calls.error();
      std::string out;
      for (const auto& call : *calls) {
        if (!shown_.contains(key_of(call.record()))) out += line(call.record(), options_);
      }
      if (!out.empty() && !print_now(out)) return false;
      more = calls->size() == static_cast<std::size_t>(kCallsAtOnce);
      if (!calls->empty()) shown_.clear();
    }
    return true;
  }

  const TailOptions& options_;
  storage::query::Expression where_;
  storage::CallFollower follower_;
  std::set<Key> shown_;
};

}  // namespace

int run_tail(const TailOptions& options) {
  auto where = options.filter.expression(base::RealClock().unix_us());
  if (!where) return failed(where.error());
  return Tail(options, std::move(*where)).run();
}

}  // namespace headgate::cli
