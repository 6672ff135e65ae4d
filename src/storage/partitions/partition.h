// One day's part of the trace store, open for writing: the database traces-<day>.db and the files
// of the record log that belong to it. A day is the day of storing, so that a batch goes to one
// partition in one transaction, whatever the age of its calls. Used by the writer's thread, or
// before there is one; when it is closed, by whoever closes it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "storage/partitions/checkpointer.h"
#include "storage/partitions/day.h"
#include "storage/partitions/record_log.h"
#include "storage/partitions/span_table.h"
#include "storage/sqlite.h"
#include "storage/tiers/hour_table.h"

namespace headgate::storage {

class Partition {
 public:
  /// `segment_min`: no file of the record log has this number or a higher one, but for this day's.
  static base::Result<std::unique_ptr<Partition>> open(const std::string& folder, Day day,
                                                       std::int64_t segment_min);

  Day day() const { return day_; }
  Database& database() { return *database_; }
  std::int64_t segment() const { return log_.segment(); }

  /// Has a thread of its own move the write-ahead log. Without, SQLite does when it likes.
  base::Result<void> start_checkpoints(std::function<void(std::string_view)> report);

  // Within a transaction of database(), which committed() or rolled_back() follows.
  base::Result<void> store(const telemetry::ExchangeRecord& record,
                           std::span<const std::byte> framed);
  base::Result<void> write();
  void committed();
  void rolled_back();

  /// Notes what is known of the last block. Nothing is stored afterwards.
  base::Result<void> finish();

 private:
  Partition(Day day, std::unique_ptr<Database> database, SpanTable spans, RecordLog log,
            HourTable hours);

  Day day_;
  std::unique_ptr<Database> database_;  // stands still: the others point to it
  SpanTable spans_;
  RecordLog log_;
  HourTable hours_;
  std::unique_ptr<Checkpointer> checkpointer_;
};

}  // namespace headgate::storage
