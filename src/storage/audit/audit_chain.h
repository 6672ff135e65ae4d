// Whether lines are an unbroken chain of audit entries, one line after the other, and what happened
// where they are not. Says what it can know: who may write the file may also hash it anew from some
// line to the end, and only a hash that was kept elsewhere tells. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "storage/audit/audit_entry.h"

namespace headgate::storage {

enum class AuditDamage : std::uint8_t { edited, removed, reordered, truncated };
std::string_view name(AuditDamage damage);

/// The first line that is not as it was written.
struct AuditBreak {
  AuditDamage damage = AuditDamage::edited;
  std::int64_t line = 0;  // from 1
  std::string why;
};

/// Takes all lines of a file, in order.
class AuditChain {
 public:
  /// The entry of the next line; nothing when it is none. A break is kept, and the chain goes on
  /// from this line.
  std::optional<AuditEntry> take(std::string_view line);

  /// The first break of what was taken.
  const std::optional<AuditBreak>& broken() const { return broken_; }
  std::int64_t lines() const { return lines_; }
  /// Of the entry that would come next.
  std::int64_t next_seq() const { return next_seq_; }
  /// Hash of the last entry; kAuditBegin where there was none.
  const std::string& head() const { return head_; }

 private:
  void break_here(AuditDamage damage, std::string why);
  void follow(const AuditEntry& entry);

  std::int64_t lines_ = 0;
  std::int64_t next_seq_ = 1;
  std::string head_{kAuditBegin};
  std::optional<AuditBreak> broken_;
  std::int64_t missing_ = 0;  // the entry that should stand where broken_ is; 0: none
};

}  // namespace headgate::storage
