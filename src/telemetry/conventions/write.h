// From our records to OTLP spans under the names of a profile: the export table, row by row, then
// what the spans brought with them. One batch at a time, on the exporter's thread; the records must
// outlive the batch, whose views point into them.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "telemetry/conventions/profile.h"
#include "telemetry/otlp/out_span.h"
#include "telemetry/span.h"

namespace headgate::telemetry {

struct WriteOptions {
  Profile profile = Profile::otel_1_41;
  bool content = true;  // prompts, completions and what else is_content_key() names
  /// Of spans made here; what others sent keeps the resource it came with.
  std::vector<std::pair<std::string, std::string>> resource;
  std::string version;  // of this program
};

class BatchWriter {
 public:
  /// `options` outlives the writer.
  explicit BatchWriter(const WriteOptions& options);

  void add(const ExchangeRecord& record);
  const otlp::OutBatch& batch() const { return batch_; }
  std::size_t spans() const { return spans_; }

 private:
  otlp::OutResource& resource_of(const ExchangeRecord& record);
  void add_span(const ExchangeRecord& record, const Span& span, std::vector<otlp::OutSpan>& to);
  void add_attributes(const ExchangeRecord& record, const Span& span, otlp::OutSpan& to);
  void add_kept(const Span& span, otlp::OutSpan& to);
  std::string_view name_of(const Span& span, std::string_view operation);

  const WriteOptions& options_;
  otlp::OutBatch batch_;
  std::size_t spans_ = 0;
};

}  // namespace headgate::telemetry
