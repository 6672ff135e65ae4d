#include "storage/audit/audit_chain.h"

#include <array>
#include <utility>

namespace headgate::storage {
namespace {

std::string entries(std::int64_t first, std::int64_t last) {
  if (first == last) return "entry " + std::to_string(first);
  return "entries " + std::to_string(first) + " to " + std::to_string(last);
}

}  // namespace

std::string_view name(AuditDamage damage) {
  constexpr std::array<std::string_view, 4> kNames{"edited", "removed", "reordered", "truncated"};
  return kNames[static_cast<std::size_t>(damage)];
}

void AuditChain::break_here(AuditDamage damage, std::string why) {
  if (!broken_) broken_ = {damage, lines_, std::move(why)};
}

// Whether the entry, whole in itself, comes after the one before.
void AuditChain::follow(const AuditEntry& entry) {
  if (entry.seq > next_seq_) {
    if (!broken_) missing_ = next_seq_;
    break_here(AuditDamage::removed,
               entries(next_seq_, entry.seq - 1) + " should stand before this one");
  } else if (entry.seq < next_seq_) {
    break_here(AuditDamage::reordered, entries(entry.seq, entry.seq) + " stands where " +
                                           entries(next_seq_, next_seq_) + " should");
  } else if (entry.prev != head_) {
    break_here(AuditDamage::edited,
               lines_ == 1 ? "the first entry names one before it"
                           : "it does not follow the line before, which was hashed anew");
  }
}

std::optional<AuditEntry> AuditChain::take(std::string_view line) {
  ++lines_;
  auto entry = parse_audit_line(line);
  if (!entry) {
    break_here(AuditDamage::edited, entry.error().detail);
    ++next_seq_;
    return std::nullopt;
  }
  follow(*entry);
  // What was thought to be gone stands further down.
  if (missing_ != 0 && entry->seq == missing_) broken_->damage = AuditDamage::reordered;
  next_seq_ = entry->seq + 1;
  head_ = entry->hash;
  return std::move(*entry);
}

}  // namespace headgate::storage
