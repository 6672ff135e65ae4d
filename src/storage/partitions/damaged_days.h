// Days of the trace store whose database is damaged: one must not keep the others from being used,
// so it is set aside when the folder is prepared, before anybody else looks at days. Noticed is
// what start-up would stumble over; damage elsewhere in a database shows when that is searched.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace headgate::storage {

/// Renames the database of each damaged day to *.damaged and reports it. The newest day stays as it
/// is: it holds what was stored last, and somebody has to decide. REQUIRES: the caller holds the
/// folder's lock.
base::Result<void> set_damaged_days_aside(const std::string& folder,
                                          const std::function<void(std::string_view)>& report);

}  // namespace headgate::storage
