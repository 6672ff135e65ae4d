#include "record_sink.h"

#include <algorithm>
#include <utility>

namespace headgate::sim {
namespace {

std::string name_of(const std::optional<base::Errc>& error) {
  return error ? std::string(base::row(*error).name) : std::string();
}

Recorded copy_of(const telemetry::ExchangeRecord& record) {
  const telemetry::Span& head = record.spans.front();
  Recorded out;
  out.request_id = record.request_id;
  out.trace = record.trace.hex();
  out.status = head.http_status;
  out.error = name_of(head.error);
  out.cost = head.cost;
  out.unpriced = head.unpriced;
  for (const auto& attribute : head.attributes) {
    if (attribute.key == "degraded") out.degraded = attribute.value;
  }
  for (const auto& span : record.spans.subspan(1)) {
    if (span.kind != telemetry::SpanKind::attempt) continue;
    RecordedAttempt attempt{span.id.hex(), span.http_status, name_of(span.error)};
    for (const auto& attribute : span.attributes) {
      if (attribute.key == "why" && attribute.value == "retry") ++out.retries;
      if (attribute.key == "why" && attribute.value == "hedge") attempt.hedge = true;
      if (attribute.key == "hedge" && attribute.value == "lost") attempt.lost = true;
    }
    out.attempts.push_back(std::move(attempt));
  }
  return out;
}

bool has_loser(const Recorded& record) {
  return std::any_of(record.attempts.begin(), record.attempts.end(),
                     [](const RecordedAttempt& attempt) { return attempt.lost; });
}

}  // namespace

bool RecordSink::record(const telemetry::ExchangeRecord& record) {
  const bool strikes = history_.recorded.size() % 5 == 4;
  if (plant_ == Plant::lost_record && record.request_id.ends_with('5')) return true;
  Recorded copy = copy_of(record);
  copy.at = history_.now();
  if (plant_ == Plant::late_record) copy.at += base::seconds(1);
  if (plant_ == Plant::lost_attempt && strikes && !copy.attempts.empty()) copy.attempts.pop_back();
  if (plant_ == Plant::free_loser) copy.unpriced = false;
  for (auto& attempt : copy.attempts) {
    if (plant_ == Plant::two_answers && attempt.lost) attempt.error.clear();
  }
  std::string cost = copy.unpriced ? "unpriced" : "no cost";
  if (copy.cost) cost = std::to_string(*copy.cost) + " picodollars";
  history_.note("record", copy.request_id + ": " + std::to_string(copy.status) + " " + copy.error +
                              ", " + std::to_string(copy.attempts.size()) + " attempts, " +
                              (has_loser(copy) ? "a race, " : "") + cost);
  history_.recorded.push_back(copy);
  if (plant_ == Plant::second_record && strikes) history_.recorded.push_back(std::move(copy));
  return true;
}

}  // namespace headgate::sim
