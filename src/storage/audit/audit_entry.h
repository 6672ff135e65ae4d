// An entry of the audit trail and its line in the file: one JSON object, members always in the same
// order, the last of them the SHA-256 of everything before `,"hash":`. Pure; lines are bytes from
// outside, since a file can be edited.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace headgate::storage {

/// Who did it: of the API key. All empty: the gateway itself.
struct AuditActor {
  std::string key_id;
  std::string user;
  std::string tenant;
  friend bool operator==(const AuditActor&, const AuditActor&) = default;
};

/// What was done.
struct AuditAction {
  AuditActor actor;
  std::string action;   // "breaker.force", "chaos.add" …
  std::string subject;  // what it was done to
  std::string detail;   // a JSON object; empty: {}
};

struct AuditEntry {
  std::int64_t seq = 1;  // 1 for the first of the file
  std::string time;      // as base::utc_text()
  AuditAction what;
  std::string prev;  // hash of the entry before; kAuditBegin of the first
  std::string hash;
};

/// What the first entry follows: 64 zeros.
inline constexpr std::string_view kAuditBegin =
    "0000000000000000000000000000000000000000000000000000000000000000";
inline constexpr std::size_t kAuditLineBytesMax = 1024 * 1024;

/// The line without its line end; sets entry.hash.
/// REQUIRES: `what.detail` is one JSON object, or empty.
std::string audit_line(AuditEntry& entry);

/// Errors (conflict): it is no entry, or its hash is not that of its text.
base::Result<AuditEntry> parse_audit_line(std::string_view line);

}  // namespace headgate::storage
