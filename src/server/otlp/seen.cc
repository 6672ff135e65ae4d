#include "server/otlp/seen.h"

#include <utility>

#include "storage/journal/checksum.h"

namespace headgate::server {

using telemetry::ContentCapture;

namespace {

enum Salt : std::uint64_t { gateway_salt = 1, below_salt, answer_salt, taken_salt };

std::uint64_t hash(std::string_view text, std::uint64_t seed) {
  return storage::xxh64(std::as_bytes(std::span(text.data(), text.size())), seed);
}

std::uint64_t of_span(const base::TraceId& trace, const base::SpanId& span, std::uint64_t salt) {
  return storage::xxh64(std::as_bytes(std::span(span.bytes)),
                        storage::xxh64(std::as_bytes(std::span(trace.bytes)), salt));
}

// Two sides of one call may share an id: what began at another time is another span.
std::uint64_t of_taken(const base::TraceId& trace, const telemetry::Span& span) {
  return of_span(trace, span.id, taken_salt + static_cast<std::uint64_t>(span.start_unix_us));
}

std::uint64_t of_capture(const base::TraceId& trace, ContentCapture capture) {
  return storage::xxh64(std::as_bytes(std::span(trace.bytes)), static_cast<std::uint64_t>(capture));
}

}  // namespace

Seen::Seen(std::unique_ptr<Fingerprints> counted, std::unique_ptr<Fingerprints> taken,
           std::unique_ptr<Fingerprints> strict)
    : counted_(std::move(counted)), taken_(std::move(taken)), strict_(std::move(strict)) {}

base::Result<std::unique_ptr<Seen>> Seen::open(const std::string& folder) {
  auto counted = Fingerprints::open(folder + "/counted-calls.seen");
  if (!counted) return counted.error();
  auto taken = Fingerprints::open(folder + "/taken-spans.seen");
  if (!taken) return taken.error();
  auto strict = Fingerprints::open(folder + "/strict-traces.seen");
  if (!strict) return strict.error();
  return std::unique_ptr<Seen>(
      new Seen(std::move(*counted), std::move(*taken), std::move(*strict)));
}

void Seen::note_call(const telemetry::ExchangeRecord& record) {
  if (!record.spans.front().parent.empty()) {
    note_counted(record.trace, record.spans.front().parent, Counted::by_gateway);
  }
  for (const telemetry::Span& span : record.spans) {
    if (!span.response_id.empty()) counted_->add(hash(span.response_id, answer_salt));
  }
}

void Seen::note_counted(const base::TraceId& trace, const base::SpanId& span, Counted where) {
  const bool by_gateway = where == Counted::by_gateway;
  counted_->add(of_span(trace, span, by_gateway ? gateway_salt : below_salt));
}

Seen::Counted Seen::counted(const base::TraceId& trace, const base::SpanId& span) const {
  if (counted_->contains(of_span(trace, span, gateway_salt))) return Counted::by_gateway;
  return counted_->contains(of_span(trace, span, below_salt)) ? Counted::below : Counted::nowhere;
}

bool Seen::is_answer_of_call(std::string_view response_id) const {
  return !response_id.empty() && counted_->contains(hash(response_id, answer_salt));
}

void Seen::note_taken(const base::TraceId& trace, const telemetry::Span& span) {
  taken_->add(of_taken(trace, span));
}

bool Seen::is_taken(const base::TraceId& trace, const telemetry::Span& span) const {
  return taken_->contains(of_taken(trace, span));
}

void Seen::note_capture(const base::TraceId& trace, ContentCapture capture) {
  strict_->add(of_capture(trace, capture));
}

ContentCapture Seen::capture(const base::TraceId& trace) const {
  for (const auto each : {ContentCapture::off, ContentCapture::hashed, ContentCapture::redacted}) {
    if (strict_->contains(of_capture(trace, each))) return each;
  }
  return ContentCapture::full;
}

}  // namespace headgate::server
