// The audit file from its first line to its last, for `headgate audit`: every entry, and whether
// the chain is whole. Reads beside a server that writes; memory is bounded by the longest line that
// an entry may have.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "storage/audit/audit_chain.h"

namespace headgate::storage {

/// "audit.log" in the storage folder.
std::string audit_path(const std::string& folder);

struct AuditReport {
  std::int64_t entries = 0;
  std::string head{kAuditBegin};  // hash of the last entry
  std::optional<AuditBreak> broken;
  std::size_t torn_bytes = 0;  // of a last line that has no end: never acknowledged
  /// With `anchor`: how many entries were written after it.
  std::optional<std::int64_t> since_anchor;
};

/// `anchor`: the hash of an entry that must be there, empty: none; where it is not, the end of the
/// file is what is broken (truncated). Errors: not_found, storage_failed.
base::Result<AuditReport> read_audit(const std::string& path, std::string_view anchor,
                                     const std::function<void(const AuditEntry&)>& visit);

}  // namespace headgate::storage
