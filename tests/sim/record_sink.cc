#include "record_sink.h"

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
  for (const auto& span : record.spans.subspan(1)) {
    if (span.kind != telemetry::SpanKind::attempt) continue;
    for (const auto& attribute : span.attributes) {
      if (attribute.key == "why" && attribute.value == "retry") ++out.retries;
    }
    out.attempts.push_back({span.id.hex(), span.http_status, name_of(span.error)});
  }
  return out;
}

}  // namespace

bool RecordSink::record(const telemetry::ExchangeRecord& record) {
  const bool strikes = history_.recorded.size() % 5 == 4;
  if (plant_ == Plant::lost_record && record.request_id.ends_with('5')) return true;
  Recorded copy = copy_of(record);
  copy.at = history_.now();
  if (plant_ == Plant::late_record) copy.at += base::seconds(1);
  if (plant_ == Plant::lost_attempt && strikes && !copy.attempts.empty()) copy.attempts.pop_back();
  std::string cost = copy.unpriced ? "unpriced" : "no cost";
  if (copy.cost) cost = std::to_string(*copy.cost) + " picodollars";
  history_.note("record", copy.request_id + ": " + std::to_string(copy.status) + " " + copy.error +
                              ", " + std::to_string(copy.attempts.size()) + " attempts, " + cost);
  history_.recorded.push_back(copy);
  if (plant_ == Plant::second_record && strikes) history_.recorded.push_back(std::move(copy));
  return true;
}

}  // namespace headgate::sim
