#include "storage/audit/audit_trail.h"

#include <utility>

#include "storage/audit/audit_reader.h"

namespace headgate::storage {

using base::Result;

AuditTrail::AuditTrail(const std::string& folder, const base::Redactor& redactor,
                       const base::Clock& clock, Report report)
    : path_(audit_path(folder)),
      redactor_(redactor),
      clock_(clock),
      report_(std::move(report)),
      thread_([this] { finish_batch(); }) {
  thread_.push([this] {
    if (auto opened = reopen(); !opened) report_(opened.error().detail);
  });
}

void AuditTrail::record(AuditAction what, Then then) {
  const std::size_t bytes = what.subject.size() + what.detail.size();
  const bool taken =
      thread_.push([this, what = std::move(what), then]() mutable { write(what, then); }, bytes);
  if (!taken) then(base::fail(base::Errc::overloaded, "too many audit entries are waiting"));
}

void AuditTrail::write(AuditAction& what, Then then) {
  batch_.push_back({append(what), std::move(then)});
}

Result<AuditEntry> AuditTrail::append(AuditAction& what) {
  if (auto opened = reopen(); !opened) return opened.error();
  for (std::string* text :
       {&what.actor.key_id, &what.actor.user, &what.actor.tenant, &what.subject, &what.detail}) {
    clean(*text);
  }
  auto entry = file_->append(what);
  return entry;
}

Result<void> AuditTrail::reopen() {
  if (file_ && batch_.empty() && !file_->is_in_place()) {
    report_(path_ + " was moved or deleted; a new one begins");
    file_.reset();
  }
  if (file_) return {};
  auto opened = AuditFile::open(path_, clock_);
  if (!opened) return opened.error();
  file_.emplace(std::move(*opened));
  return {};
}

void AuditTrail::clean(std::string& text) {
  std::string out;
  if (redactor_.redact(text, out)) text = std::move(out);
}

// One sync for the batch. Where it fails, or one of its entries could not be written, none is on
// the disk.
void AuditTrail::finish_batch() {
  const Result<void> synced = file_ ? file_->sync() : Result<void>{};
  for (Written& written : batch_) {
    if (!synced && written.entry) written.entry = synced.error();
    tell(written);
  }
  if (!synced) file_.reset();
  batch_.clear();
}

void AuditTrail::tell(const Written& written) {
  if (written.entry) {
    ++entries_;
  } else {
    ++refused_;
    report_(written.entry.error().detail);
  }
  written.then(written.entry);
}

}  // namespace headgate::storage
