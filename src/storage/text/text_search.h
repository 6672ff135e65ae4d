// Answers `text ~ "…"` for the calls of one partition while SQL looks through it: SQL calls a
// function of this for each call that fits otherwise. Content that the text index has not reached
// is read from the record log, up to a limit; what was left out is counted. One thread at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "storage/partitions/day.h"
#include "storage/partitions/record_reader.h"
#include "storage/query/sql.h"
#include "storage/sqlite.h"
#include "storage/text/words.h"

namespace headgate::storage::text {

/// How much content one question may read.
struct ScanLimit {
  std::int64_t bytes_left = std::int64_t{1} << 30;
  std::int64_t unsearched = 0;  // calls that were not looked into because of it
  std::int64_t lost = 0;        // calls whose content is gone
};

class TextSearch {
 public:
  /// `limit` outlives the search and may be shared by several.
  TextSearch(const std::string& folder, Day day, const std::vector<query::TextTerm>& terms,
             ScanLimit& limit);

  /// Makes this the partition's function kTextFunction. REQUIRES: this stands still as long as the
  /// connection runs statements.
  base::Result<void> serve(Database& partition);

  bool holds(std::size_t term, std::int64_t id, const LogPlace& place);

  /// Whether all of `terms` may hold for a call that begins in `chunk`.
  bool may_hold(const std::vector<query::TextTerm>& terms, std::int64_t chunk) const;

 private:
  struct Term {
    query::TextTerm asked;
    PhraseMatcher matcher;
    std::optional<std::vector<bool>> chunks;  // nothing: may be in any
  };
  bool may_be_in(const Term& term, std::int64_t chunk) const;
  bool read(std::int64_t id, const LogPlace& place);

  RecordReader reader_;
  std::int64_t indexed_end_ = 0;  // chunks from here on are in no index
  std::vector<Term> terms_;
  ScanLimit& limit_;
  std::int64_t read_id_ = 0;  // of record_
  std::optional<telemetry::ExchangeRecord> record_;
};

}  // namespace headgate::storage::text
