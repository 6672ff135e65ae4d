// A loop's sink, and what else wants to know of every exchange: the calls that were seen, so that
// they are not counted again when their callers tell of them. Made by app.cc, used by the loop's
// thread only.
#pragma once

#include "server/otlp/seen.h"
#include "telemetry/sink.h"

namespace headgate::server {

class CallSink final : public telemetry::SpanSink {
 public:
  CallSink(telemetry::SpanSink& store, Seen& seen) : store_(store), seen_(seen) {}

  bool record(const telemetry::ExchangeRecord& record) override {
    if (record.spans.front().kind == telemetry::SpanKind::request) seen_.note_call(record);
    return store_.record(record);
  }

 private:
  telemetry::SpanSink& store_;
  Seen& seen_;
};

}  // namespace headgate::server
