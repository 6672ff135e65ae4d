// What the fields of the export table say of a span: their values, made when they are asked for.
// Texts are views into the record or kept in the batch. One at a time, on the exporter's thread.
#pragma once

#include <optional>
#include <string_view>

#include "telemetry/conventions/export_table.h"
#include "telemetry/otlp/out_span.h"

namespace headgate::telemetry {

/// A span to be exported, where it stands, and what it leans on.
struct SpanInRecord {
  const ExchangeRecord& record;
  const Span& span;
  std::string_view operation;  // "chat", "execute_tool"…; empty: none
  std::string_view input;      // of the request, where it is the attempt that answered
  std::string_view output;
  otlp::OutBatch& batch;  // keeps what has to be made
};

/// The attribute of that field, without its key; nothing where the span has no such thing.
std::optional<otlp::OutAttribute> value_of(Field field, const SpanInRecord& of);

/// "chat" and its like, for the name of a span and its attribute.
std::string_view operation_of(const ExchangeRecord& record, const Span& span);

/// The attribute of that key that came with the span; null: none did.
const Attribute* find_attribute(const Span& span, std::string_view key);

}  // namespace headgate::telemetry
