// The record log: files of about 64 MiB, appended to, that keep every exchange as its journal
// record, byte for byte. SQLite holds what is searched and points here; prompts and completions
// would cost three copies and a checksum on their way through its WAL, here they cost one write a
// batch. A file belongs to one partition, which says how far it counts: what a crash left beyond is
// written over. One writer, under the storage folder's lock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "storage/sqlite.h"

namespace headgate::storage {

/// Where a record stands in the log.
struct LogPlace {
  std::int64_t segment = 0;
  std::int64_t offset = 0;
  std::int64_t bytes = 0;
};

class RecordLog {
 public:
  // A new file is begun beyond this.
  static constexpr std::int64_t kSegmentBytes = 64 << 20;

  /// `partition` outlives the log. A partition without segments begins with number `segment_min`.
  static base::Result<RecordLog> open(std::string folder, Database& partition,
                                      std::int64_t segment_min);

  RecordLog(RecordLog&& other) noexcept;
  RecordLog& operator=(RecordLog&&) = delete;
  ~RecordLog();

  /// Notes a record of a call that ended at `end_us`; its bytes stay where they are until write().
  LogPlace add(std::span<const std::byte> framed, std::int64_t end_us);
  /// Writes what was added and notes the new end in the transaction that is open.
  base::Result<void> write();
  /// The transaction did not commit: forgets what was added since the last commit.
  void rolled_back();
  void committed();

  /// Number of the file that is being written, the highest of its partition.
  std::int64_t segment() const { return end_.segment; }

 private:
  struct End {
    std::int64_t segment = 1;
    std::int64_t bytes = 0;
    std::int64_t oldest_us = 0;
    std::int64_t newest_us = 0;
  };
  RecordLog(std::string folder, Statement save);
  base::Result<void> open_segment();
  base::Result<void> save_end();
  void write_back(std::int64_t end) const;

  std::string folder_;
  Statement save_;
  int fd_ = -1;
  std::int64_t open_segment_ = 0;
  End committed_;
  End end_;
  std::vector<std::span<const std::byte>> runs_;  // added, not yet written
};

std::string segment_path(const std::string& folder, std::int64_t segment);

/// A number above those of all files of the record log in `folder`, and of all that its partitions
/// know of: a number is never used twice.
base::Result<std::int64_t> next_segment(const std::string& folder);

/// The framed record at `place`, unverified; for readers, from any process.
base::Result<std::vector<std::byte>> read_log(const std::string& folder, const LogPlace& place);

}  // namespace headgate::storage
