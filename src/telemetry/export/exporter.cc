#include "telemetry/export/exporter.h"

#include <algorithm>
#include <utility>

#include "telemetry/otlp/encode_json.h"
#include "telemetry/otlp/encode_protobuf.h"
#include "telemetry/span_codec.h"

namespace headgate::telemetry {
namespace {

constexpr base::Duration kLook = base::milliseconds(50);

}  // namespace

Exporter::Exporter(base::Loop& loop, DiskQueue queue, std::shared_ptr<ExportStats> stats,
                   Report report)
    : loop_(loop),
      queue_(std::move(queue)),
      rules_(std::make_shared<const ExportRules>()),
      report_(std::move(report)),
      stats_(std::move(stats)) {
  note_queue();
}

void Exporter::change(std::shared_ptr<const ExportRules> rules, Send send) {
  rules_ = std::move(rules);
  send_ = std::move(send);
  backoff_.reset();
  not_before_ = base::MonoTime::min();
}

void Exporter::stop(base::MonoTime until) {
  stopping_ = true;
  stop_until_ = until;
}

void Exporter::note_queue() {
  const ExportTotals& totals = queue_.totals();
  stats_->exported = totals.exported;
  for (std::size_t i = 0; i < kExportLossCount; ++i) stats_->lost[i] = totals.lost[i];
  stats_->queue_bytes = queue_.bytes();
  stats_->queue_spans = queue_.spans();
  if (queue_.spans() == 0) {
    waits_since_ = base::MonoTime::max();
  } else if (waits_since_ == base::MonoTime::max()) {
    waits_since_ = loop_.now();
  }
}

bool Exporter::has_batch() const {
  if (queue_.spans() == 0) return false;
  const bool is_due = loop_.now() - waits_since_ >= rules_->batch_delay;
  return stopping_ || is_due || queue_.spans() >= rules_->batch_spans_max ||
         queue_.bytes() >= rules_->batch_bytes_max;
}

bool Exporter::is_over() const {
  if (!stopping_) return false;
  return queue_.spans() == 0 || backoff_.failures() > 0 || loop_.now() >= stop_until_;
}

base::Async<void> Exporter::run() {
  while (!is_over()) {
    co_await wait_for_batch();
    if (is_over()) break;
    co_await send_batch();
  }
}

// In short looks, so that new spans, changed rules and the end are noticed.
base::Async<void> Exporter::wait_for_batch() {
  while (!is_over() && (!has_batch() || loop_.now() < not_before_)) {
    const base::MonoTime next = loop_.now() + kLook;
    co_await base::sleep_until(loop_, next);
  }
}

base::Async<void> Exporter::send_batch() {
  auto read = queue_.peek(rules_->batch_spans_max, rules_->batch_bytes_max);
  if (!read) {
    fail_again(read.error().detail);
    co_return;
  }
  std::vector<DiskQueue::Record> records = std::move(*read);
  if (records.size() > records_max_) records.resize(records_max_);
  if (records.empty() || take_unreadable(records)) {
    note_queue();
    co_return;
  }
  const std::size_t count = records.size();
  const std::string body = encode(records);
  records.clear();
  const Send send = send_;  // change() may come while it runs
  ++stats_->requests;
  const SendResult result = co_await send(body);
  follow(result, count);
}

// Records that a newer program wrote: sound, but not for this one. True: the first was one, and is
// gone; else the batch ends in front of the first.
bool Exporter::take_unreadable(std::vector<DiskQueue::Record>& records) {
  ExchangeDecoder decoder;
  const auto unreadable =
      std::find_if(records.begin(), records.end(), [&](const DiskQueue::Record& record) {
        return !decoder.decode(std::as_bytes(std::span(record.bytes)));
      });
  if (unreadable == records.begin()) {
    queue_.take(1, UINT64_MAX, ExportLoss::damaged);
    return true;
  }
  records.erase(unreadable, records.end());
  return false;
}

std::string Exporter::encode(const std::vector<DiskQueue::Record>& records) {
  BatchWriter writer(rules_->write);
  std::vector<ExchangeDecoder> decoders(records.size());
  for (std::size_t i = 0; i < records.size(); ++i) {
    const auto record = decoders[i].decode(std::as_bytes(std::span(records[i].bytes)));
    if (record) writer.add(*record);
  }
  return rules_->encoding == otlp::Encoding::protobuf ? otlp::encode_protobuf(writer.batch())
                                                      : otlp::encode_json(writer.batch());
}

void Exporter::follow(const SendResult& result, std::size_t records) {
  const Delivery delivery = judge(result, rules_->encoding);
  switch (delivery.verdict) {
    case Verdict::delivered:
      if (stats_->failing.exchange(false)) report_("otlp_export_resumed", "");
      if (delivery.rejected > 0) report_("otlp_export_rejected", delivery.message);
      queue_.take(records, delivery.rejected, ExportLoss::rejected);
      if (records_max_ < SIZE_MAX / 2) records_max_ *= 2;
      break;
    case Verdict::again:
    case Verdict::blocked: return fail_again(delivery.message, result.retry_after);
    case Verdict::too_large:
      if (records > 1) {
        records_max_ = records / 2;
        return;
      }
      [[fallthrough]];
    case Verdict::refused:
      report_("otlp_export_refused", delivery.message);
      queue_.take(records, UINT64_MAX, ExportLoss::refused);
      break;
  }
  backoff_.reset();
  waits_since_ = base::MonoTime::max();
  note_queue();
}

void Exporter::fail_again(std::string_view why, std::optional<base::Duration> retry_after) {
  ++stats_->failures;
  if (!stats_->failing.exchange(true)) report_("otlp_export_failing", why);
  not_before_ = loop_.now() +
                backoff_.next(rules_->backoff, rules_->backoff_max, retry_after, loop_.random());
}

}  // namespace headgate::telemetry
