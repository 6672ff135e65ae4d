#include "storage/traces/recovery.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <utility>

#include "base/text/strings.h"
#include "storage/folder_lock.h"
#include "storage/partitions/old_store.h"
#include "storage/sampling/sweeper.h"
#include "storage/traces/journal_drain.h"

namespace headgate::storage {
namespace {

constexpr std::string_view kPrefix = "journal-";
constexpr std::string_view kSuffix = ".ring";
constexpr std::size_t kBatchBytes = std::size_t{1} << 20;

bool is_journal(std::string_view name) {
  return name.size() > kPrefix.size() + kSuffix.size() && name.starts_with(kPrefix) &&
         name.ends_with(kSuffix);
}

std::vector<std::string> journal_files(const std::string& folder) {
  std::vector<std::string> paths;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (is_journal(entry.path().filename().string())) paths.push_back(entry.path().string());
  }
  return paths;
}

void set_aside(const std::string& path, const base::Error& why, const Report& report) {
  std::error_code error;
  std::filesystem::rename(path, path + ".damaged", error);
  report(why.detail + "; set aside as " + path + ".damaged, its traces are lost");
}

}  // namespace

std::string journal_path(const std::string& folder, std::size_t loop) {
  char name[32];
  std::snprintf(name, sizeof name, "/journal-%04zu.ring", loop);
  return folder + name;
}

base::Result<Recovered> recover_journals(const std::string& folder, Day today,
                                         const Report& report) {
  Recovered recovered;
  for (const std::string& path : journal_files(folder)) {
    auto journal = Journal::open(path);
    if (journal) {
      recovered.journals.push_back(std::move(*journal));
    } else if (journal.error().code == base::Errc::storage_failed) {
      set_aside(path, journal.error(), report);
      ++recovered.damaged;
    } else {
      return journal.error();
    }
  }
  std::vector<Journal*> journals;
  for (Journal& journal : recovered.journals) journals.push_back(&journal);
  const bool waiting = std::any_of(journals.begin(), journals.end(),
                                   [](const Journal* journal) { return journal->pending() > 0; });
  if (!waiting) return recovered;
  auto drain = JournalDrain::open(folder, journals, {});
  if (!drain) return drain.error();
  const auto opened = drain->switch_to(today);
  if (!opened) return opened.error();
  for (bool more = true; more;) {
    const auto batch = drain->store_batch(kBatchBytes);
    if (!batch) return batch.error();
    recovered.stored += batch->stored;
    recovered.damaged += batch->damaged;
    more = batch->more;
  }
  return recovered;
}

base::Result<Recovered> recover_folder(const std::string& folder, Day today, const Report& report) {
  if (journal_files(folder).empty()) return Recovered{};
  const auto lock = FolderLock::acquire(folder);
  if (!lock) return lock.error();
  const auto prepared = prepare_folder(folder, report);
  if (!prepared) return prepared.error();
  const auto removed = finish_removals(folder);
  if (!removed) return removed.error();
  return recover_journals(folder, today, report);
}

}  // namespace headgate::storage
