// Takes the content of deleted calls out of the record log where it stands: bytes become zeros and
// whole pages of the file go back to the file system, all else stays where it is. May be done again
// after an interruption. REQUIRES: the folder's lock, and that no row points there any more.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "storage/partitions/record_log.h"

namespace headgate::storage {

/// Places that follow each other as one. `places` in any order.
std::vector<LogPlace> joined(std::vector<LogPlace> places);

/// Of a file that is gone there is nothing to do.
base::Result<void> erase_content(const std::string& folder, std::vector<LogPlace> places);

}  // namespace headgate::storage
