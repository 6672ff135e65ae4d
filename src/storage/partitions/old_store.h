// Folders of before partitions had all spans in headgate.db. What is there is moved into
// partitions, a day each by when its calls began, with the places of their content and how far the
// journals were stored. Interrupted at any point, it goes on with the next start; nothing is there
// twice.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace headgate::storage {

/// Sets damaged days aside, brings headgate.db to its newest schema and its old spans into
/// partitions. Takes some seconds for each million of them, once, and says so. REQUIRES: the caller
/// holds the folder's lock.
base::Result<void> prepare_folder(const std::string& folder,
                                  const std::function<void(std::string_view)>& report);

}  // namespace headgate::storage
