// The `telemetry.otlp` section: spans from outside, and where our traces go. Plain values; what a
// reload changes takes effect with the next request and the next batch.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>

#include "base/config/problem.h"
#include "base/config/types.h"
#include "base/text/secret.h"
#include "telemetry/content_capture.h"
#include "telemetry/conventions/profile.h"

namespace headgate::telemetry {

struct OtlpReceiveConfig {
  bool enabled = true;
  std::int64_t body_bytes_max = 16 * 1024 * 1024;
  std::int64_t spans_max = 10'000;
  ContentCapture content = ContentCapture::redacted;

  template <class V>
  static void fields(V& v) {
    using C = OtlpReceiveConfig;
    v.field("enabled", &C::enabled, {.doc = "Whether POST /v1/traces takes spans."});
    v.field("body_bytes_max", &C::body_bytes_max,
            {.doc = "Of one request, packed and unpacked; beyond: 413.",
             .min = 64 * 1024,
             .max = 256 * 1024 * 1024});
    v.field("spans_max", &C::spans_max,
            {.doc = "Of one request; the others are rejected (partial success).",
             .min = 1,
             .max = 1'000'000});
    v.field("content", &C::content,
            {.doc = "What is kept of inputs and outputs of these spans. Where the route of a model "
                    "says less, less is kept."});
  }
};

enum class OtlpProtocol : std::uint8_t { http_protobuf, http_json };

struct OtlpExportConfig {
  base::config::Url endpoint;
  OtlpProtocol protocol = OtlpProtocol::http_protobuf;
  base::config::OrderedMap<base::SecretRef> headers;
  Profile profile = Profile::otel_1_41;
  bool content = false;
  bool gzip = true;
  std::int64_t batch_spans_max = 512;
  std::int64_t batch_bytes_max = 4 * 1024 * 1024;
  std::int64_t batch_delay_ms = 1'000;
  std::int64_t timeout_ms = 10'000;
  std::int64_t backoff_ms = 1'000;
  std::int64_t backoff_max_ms = 30'000;
  std::int64_t queue_bytes = 256 * 1024 * 1024;
  base::config::OrderedMap<std::string> resource;
  std::filesystem::path ca_file;

  template <class V>
  static void fields(V& v);
};

using OtlpExporters = base::config::OrderedMap<OtlpExportConfig>;

struct OtlpConfig {
  OtlpReceiveConfig receive;
  OtlpExporters exporters;

  template <class V>
  static void fields(V& v) {
    v.field("receive", &OtlpConfig::receive,
            {.doc = "Spans from agents in other frameworks, by POST /v1/traces."});
    v.field("exporters", &OtlpConfig::exporters,
            {.doc = "Where traces are sent, by a name of your choice. What a collector has not "
                    "taken yet waits in the storage folder, under that name.",
             .max = 16});
  }
};

/// What fields() cannot say: header names are header names, and none is ours to send.
void check(const OtlpConfig& otlp, const base::config::Cursor& at,
           base::config::Problems& problems);

template <class V>
void OtlpExportConfig::fields(V& v) {
  using C = OtlpExportConfig;
  constexpr std::int64_t kTimeoutMax = 3'600'000;
  v.field("endpoint", &C::endpoint,
          {.doc = "Where traces are posted; without a path, /v1/traces.",
           .example = "http://127.0.0.1:4318",
           .required = true});
  v.field("protocol", &C::protocol, {.doc = "The encoding of what is posted."});
  v.field("headers", &C::headers,
          {.doc = "Further headers of every request, such as its credential. Values are "
                  "references, never written here themselves.",
           .example = "{authorization: \"env:OTLP_AUTHORIZATION\"}",
           .max = 32});
  v.field("profile", &C::profile,
          {.doc = "What attributes are called. otel-1.41: OpenTelemetry's GenAI conventions; "
                  "otel-genai-latest: their newest text; compat: 1.41, and the keys that Phoenix "
                  "(OpenInference) and Langfuse read."});
  v.field("content", &C::content,
          {.doc = "Whether prompts, completions, arguments and results leave, as far as they were "
                  "kept."});
  v.field("gzip", &C::gzip, {.doc = "Whether bodies are packed."});
  v.field("batch_spans_max", &C::batch_spans_max,
          {.doc = "Of one request; a call's spans stay together.", .min = 1, .max = 10'000});
  v.field("batch_bytes_max", &C::batch_bytes_max,
          {.doc = "Of one request before it is encoded and packed.",
           .min = 64 * 1024,
           .max = 64 * 1024 * 1024});
  v.field("batch_delay_ms", &C::batch_delay_ms,
          {.doc = "How long spans gather for a fuller request.", .min = 10, .max = 60'000});
  v.field("timeout_ms", &C::timeout_ms,
          {.doc = "For one request and its answer.", .min = 100, .max = kTimeoutMax});
  v.field("backoff_ms", &C::backoff_ms,
          {.doc = "The first pause after a failure; doubled with each further one, and drawn from "
                  "its upper half.",
           .min = 10,
           .max = kTimeoutMax});
  v.field("backoff_max_ms", &C::backoff_max_ms,
          {.doc = "No pause is longer, but for the first and the collector's own Retry-After.",
           .min = 10,
           .max = kTimeoutMax});
  v.field("queue_bytes", &C::queue_bytes,
          {.doc = "How much may wait on disk; when it is full, new spans are dropped and counted.",
           .min = 1024 * 1024,
           .max = std::int64_t{1} << 40});
  v.field("resource", &C::resource,
          {.doc = "Resource attributes of spans made here, beside service.name (headgate) and "
                  "service.version.",
           .example = "{deployment.environment.name: production}",
           .max = 64});
  v.field(
      "ca_file", &C::ca_file,
      {.doc = "PEM bundle to trust for it.", .default_note = "the system's", .must_exist = true});
}

}  // namespace headgate::telemetry

template <>
struct headgate::base::config::EnumNames<headgate::telemetry::OtlpProtocol> {
  static constexpr std::array<std::string_view, 2> names{"http/protobuf", "http/json"};
};
