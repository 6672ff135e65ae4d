// Totals of calls over hours, days or months, by what is asked for, from partitions and from what
// is left of days that were deleted. For `headgate report calls`.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "storage/tiers/hour_table.h"

namespace headgate::storage {

enum class CallsBy : std::uint8_t { hour, day, route, model, provider, status };

struct CallRow {
  std::string name;  // "2026-11-24 10:00", "2026-11-24", or of the route and so on
  std::int64_t errors = 0;
  HourTotals totals;
};

/// Times in their order, anything else by number of calls, most first.
base::Result<std::vector<CallRow>> report_calls(const std::string& folder, CallsBy by,
                                                std::int64_t since_unix_us);

}  // namespace headgate::storage
