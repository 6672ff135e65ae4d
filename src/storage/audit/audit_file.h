// The audit file as its one writer sees it: opened at its end, appended to, synced. A last line
// without an end is what a crash left of an entry that nobody was told of: it is cut off, and the
// next entry says so. Used by one thread; a folder has one writer (folder_lock).
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "base/clock.h"
#include "base/result.h"
#include "storage/audit/audit_entry.h"

namespace headgate::storage {

class AuditFile {
 public:
  /// Creates it where it is not there. Errors: storage_failed; conflict: its last line is no entry,
  /// so nothing can follow it.
  static base::Result<AuditFile> open(const std::string& path, const base::Clock& clock);

  AuditFile(AuditFile&& other) noexcept;
  AuditFile& operator=(AuditFile&&) = delete;
  ~AuditFile();

  /// Writes an entry; on the disk only after sync(). Errors: invalid_request: it is too long, and
  /// nothing has happened; storage_failed: what was appended since the last sync is taken back, and
  /// everything else fails as well.
  base::Result<AuditEntry> append(const AuditAction& what);
  base::Result<void> sync();
  /// Whether it still is what the folder has under its name.
  bool is_in_place() const;

 private:
  AuditFile(int fd, std::string path, const base::Clock& clock)
      : fd_(fd), path_(std::move(path)), clock_(&clock) {}
  base::Result<void> recover();
  base::Result<void> take_last(std::int64_t end);
  base::Error take_back(const char* what);

  int fd_;
  std::string path_;
  const base::Clock* clock_;
  std::int64_t synced_ = 0;  // bytes
  std::int64_t size_ = 0;
  std::int64_t next_seq_ = 1;
  std::string head_{kAuditBegin};
  std::optional<base::Error> failed_;
};

}  // namespace headgate::storage
