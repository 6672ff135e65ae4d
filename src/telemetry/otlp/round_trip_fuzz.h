// What both decoders' fuzzers do with a request that decodes: map it into our spans, write them
// under every profile in both encodings, and read that again. Aborts where something got lost.
#pragma once

#include <cstdlib>
#include <string>
#include <vector>

#include "base/json/cursor.h"
#include "telemetry/conventions/read.h"
#include "telemetry/conventions/write.h"
#include "telemetry/otlp/decode_json.h"
#include "telemetry/otlp/decode_protobuf.h"
#include "telemetry/otlp/encode_json.h"
#include "telemetry/otlp/encode_protobuf.h"
#include "telemetry/trace_text.h"

namespace headgate::telemetry::otlp {

inline void must(bool holds) {
  if (!holds) std::abort();
}

inline void write_and_read(const std::vector<ExchangeRecord>& records, std::size_t spans) {
  for (std::size_t i = 0; i < kProfileCount; ++i) {
    WriteOptions options;
    options.profile = static_cast<Profile>(i);
    options.content = i != 0;
    BatchWriter writer(options);
    for (const ExchangeRecord& record : records) writer.add(record);
    DecodeLimits limits;
    limits.attributes_max = 2000;
    limits.key_bytes_max = 4096;
    limits.depth_max = 64;
    const std::string protobuf = encode_protobuf(writer.batch());
    const std::string json = encode_json(writer.batch());
    const auto a = decode_protobuf(protobuf, limits);
    const auto b = decode_json(json, limits);
    must(a && b && a->spans.size() == spans && b->spans.size() == spans);
    must(a->rejected == 0 && b->rejected == 0);
    for (std::size_t n = 0; n < spans; ++n) {
      must(a->spans[n].attributes == b->spans[n].attributes);
      must(a->spans[n].dropped == 0 && b->spans[n].dropped == 0);
    }
  }
}

inline void round_trip(DecodedRequest& request) {
  std::vector<ReadSpan> read;
  for (const DecodedSpan& span : request.spans) read.push_back(read_span(span, request));
  std::vector<ExchangeRecord> records;
  for (ReadSpan& one : read) {
    one.span.attributes = one.attributes;
    ExchangeRecord& record = records.emplace_back();
    record.trace = one.trace;
    record.user = one.user;
    record.session = one.session;
    record.spans = {&one.span, 1};
    std::string json;
    append_json(json, record);
    must(base::json::valid(json, base::json::Cursor::kDepthMax));
  }
  write_and_read(records, read.size());
}

}  // namespace headgate::telemetry::otlp
