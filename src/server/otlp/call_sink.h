// A loop's sink, and what else wants to know of every exchange: the calls that were seen, so that
// they are not counted again when their callers tell of them, and the exporters. Made by app.cc,
// used by the loop's thread only.
#pragma once

#include "server/export/export_tap.h"
#include "server/otlp/seen.h"
#include "telemetry/sink.h"

namespace headgate::server {

class CallSink final : public telemetry::SpanSink {
 public:
  /// `keeps`: storage.traces.
  CallSink(telemetry::SpanSink& store, Seen& seen, ExportTap& tap, bool keeps)
      : store_(store), seen_(seen), tap_(tap), keeps_(keeps) {}

  bool wants_records() const override { return keeps_; }
  bool record(const telemetry::ExchangeRecord& record) override {
    if (!keeps_) return true;
    const bool is_ours = record.spans.front().kind == telemetry::SpanKind::request;
    if (is_ours) seen_.note_call(record);
    const bool is_stored = store_.record(record);
    if (is_stored || is_ours) tap_.record(record);
    return is_stored;
  }

 private:
  telemetry::SpanSink& store_;
  Seen& seen_;
  ExportTap& tap_;
  bool keeps_;
};

}  // namespace headgate::server
