// The `storage` section: where traces are kept, for how long, and how much of a call is kept.
// Plain values, read once at start-up.
#pragma once

#include <cstdint>
#include <filesystem>

#include "base/config/problem.h"

namespace headgate::storage {

struct StorageConfig {
  std::filesystem::path path = ".headgate";
  bool traces = true;
  std::int64_t journal_bytes = 64 * 1024 * 1024;
  std::int64_t content_bytes_max = 256 * 1024;
  std::int64_t commit_interval_ms = 50;
  std::int64_t retention_days = 30;
  std::int64_t content_days = 0;
  std::int64_t aggregates_days = 400;
  std::int64_t bytes_max = 0;
  bool text_index = true;
  std::int64_t responses_days = 30;
  std::int64_t idempotency_hours = 24;
  std::int64_t idempotency_bytes_max = 4 * 1024 * 1024;

  // What becomes of traces with time.
  template <class V>
  static void tier_fields(V& v) {
    using C = StorageConfig;
    v.field("retention_days", &C::retention_days,
            {.doc = "Traces older than this are deleted, a whole day (UTC) at a time. 0: kept for "
                    "ever.",
             .min = 0,
             .max = 3650,
             .needs_restart = true});
    v.field(
        "content_days", &C::content_days,
        {.doc = "Prompts and completions older than this are deleted, their spans stay. 0: kept "
                "as long as the spans.",
         .min = 0,
         .max = 3650,
         .needs_restart = true});
    v.field("aggregates_days", &C::aggregates_days,
            {.doc = "Totals by hour, route, model, provider and status are kept this long, also "
                    "when their traces are deleted. 0: for ever.",
             .min = 0,
             .max = 36500,
             .needs_restart = true});
    v.field("bytes_max", &C::bytes_max,
            {.doc = "Of the whole directory. Beyond it, content is deleted before its time, oldest "
                    "day first, then whole days; counted and logged. 0: no limit.",
             .min = 0,
             .max = std::int64_t{1} << 50,
             .needs_restart = true});
    v.field("text_index", &C::text_index,
            {.doc = "Index prompts and completions by words, when nothing else is to be done. "
                    "Without, --text reads them all.",
             .needs_restart = true});
  }

  template <class V>
  static void fields(V& v) {
    using C = StorageConfig;
    v.field("path", &C::path,
            {.doc = "Directory for the database and the journals; created when it is not there.",
             .needs_restart = true});
    v.field("traces", &C::traces,
            {.doc = "false: calls leave no traces, here or at collectors; metrics, costs and logs "
                    "go on. Spans that come over OTLP are kept.",
             .needs_restart = true});
    v.field(
        "journal_bytes", &C::journal_bytes,
        {.doc = "Spans that a thread may have waiting for the database, a power of two; when it is "
                "full, spans are dropped and counted.",
         .min = 2 * 1024 * 1024,
         .max = 1024 * 1024 * 1024,
         .needs_restart = true});
    v.field(
        "content_bytes_max", &C::content_bytes_max,
        {.doc = "Of one prompt or completion in a trace; the rest is cut off and marked as cut.",
         .min = 0,
         .max = 8 * 1024 * 1024});
    v.field("commit_interval_ms", &C::commit_interval_ms,
            {.doc = "How long spans gather before they are written in one transaction.",
             .min = 1,
             .max = 10'000,
             .needs_restart = true});
    tier_fields(v);
    v.field("responses_days", &C::responses_days,
            {.doc = "Responses kept for previous_response_id are deleted after this. 0: kept until "
                    "their caller deletes them.",
             .min = 0,
             .max = 3650,
             .needs_restart = true});
    v.field("idempotency_hours", &C::idempotency_hours,
            {.doc = "How long an answer is kept for callers who repeat its Idempotency-Key.",
             .min = 1,
             .max = 8760,
             .needs_restart = true});
    v.field(
        "idempotency_bytes_max", &C::idempotency_bytes_max,
        {.doc = "Of an answer that is kept for its Idempotency-Key. A larger one is given once, "
                "then its key is refused.",
         .min = 1024,
         .max = 64 * 1024 * 1024,
         .needs_restart = true});
  }
};

/// What fields() cannot say: a journal is a ring whose size is a power of two.
void check(const StorageConfig& storage, const base::config::Cursor& at,
           base::config::Problems& problems);

}  // namespace headgate::storage
