// The JSON that the admin API answers with, taken apart for tables: a list's objects, and the
// members of an object as text. What a newer server adds is left alone. Pure.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/json/members.h"
#include "base/result.h"

namespace headgate::cli {

/// Strings without quotes, everything else as written; "-" where it is null, empty or not there.
std::string cell(base::json::Members& object, std::string_view name);

/// Calls `visit` for each object of "data". Errors (upstream_malformed): it is no such list.
base::Result<void> each_of_list(std::string_view json,
                                const std::function<void(base::json::Members&)>& visit);

}  // namespace headgate::cli
