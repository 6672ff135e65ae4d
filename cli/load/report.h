// What `headgate load` prints: the figures of a result, for people or as JSON. Pure but for the
// prices, which are of `unix_us`.
#pragma once

#include <cstdint>
#include <string>

#include "cli/load/driver.h"
#include "cli/load/savings.h"

namespace headgate::cli {

/// `savings` null: the prices are not known.
std::string load_text(const LoadResult& result, const Savings* savings, std::int64_t unix_us);
std::string load_json(const LoadResult& result, const Savings* savings, std::int64_t unix_us);

}  // namespace headgate::cli
