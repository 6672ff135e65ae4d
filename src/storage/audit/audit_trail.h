// The thread on which audit entries are written, so that no loop waits for a disk. Entries are
// written in the order they came, without secrets, one sync for all that wait; then `then` of each
// is called on that thread, in the same order: whoever is audited acts there, so that actions and
// their entries agree. Nobody acts on an error. Safe from any thread; stops when it is destroyed,
// after what was handed to it.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/redact/redact.h"
#include "storage/audit/audit_file.h"
#include "storage/job_thread.h"

namespace headgate::storage {

class AuditTrail {
 public:
  using Then = std::function<void(base::Result<AuditEntry>)>;
  using Report = std::function<void(std::string_view)>;

  /// `clock` outlives this. A file that cannot be opened is tried again with every entry; `report`
  /// is told, now and whenever an entry cannot be written.
  AuditTrail(const std::string& folder, const base::Redactor& redactor, const base::Clock& clock,
             Report report);

  /// The entry of it, on the disk. Errors: storage_failed and others: it is not there, so it must
  /// not be done; overloaded, on the caller's own thread.
  void record(AuditAction what, Then then);

  struct Stats {
    std::uint64_t entries;  // written by this process
    std::uint64_t refused;  // that could not be
  };
  Stats stats() const { return {entries_.load(), refused_.load()}; }

 private:
  struct Written {
    base::Result<AuditEntry> entry;
    Then then;
  };
  void write(AuditAction& what, Then then);
  base::Result<AuditEntry> append(AuditAction& what);
  base::Result<void> reopen();
  void clean(std::string& text);
  void finish_batch();
  void tell(const Written& written);

  std::string path_;
  base::Redactor redactor_;
  const base::Clock& clock_;
  Report report_;
  std::optional<AuditFile> file_;
  std::vector<Written> batch_;
  std::atomic<std::uint64_t> entries_{0};
  std::atomic<std::uint64_t> refused_{0};
  JobThread thread_;  // last: it uses the others
};

}  // namespace headgate::storage
