// What a process that died left in its journals goes into the database before anything else
// happens: at the start of a server, and before the CLI lists traces while none is running.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "storage/journal/journal.h"
#include "storage/partitions/day.h"

namespace headgate::storage {

using Report = std::function<void(std::string_view)>;  // a sentence for the log

struct Recovered {
  std::size_t stored = 0;         // exchanges that were waiting
  std::size_t damaged = 0;        // runs of bytes that were passed over
  std::vector<Journal> journals;  // emptied, in the order of their numbers
};

std::string journal_path(const std::string& folder, std::size_t loop);

/// Stores what all journals in `folder` hold, in the partition of `today`. One whose head is
/// damaged is renamed to *.damaged and reported. REQUIRES: the caller holds the folder's lock.
base::Result<Recovered> recover_journals(const std::string& folder, Day today,
                                         const Report& report);

/// The same for the CLI. Errc::conflict when a server is running, which does it by itself.
base::Result<Recovered> recover_folder(const std::string& folder, Day today, const Report& report);

}  // namespace headgate::storage
