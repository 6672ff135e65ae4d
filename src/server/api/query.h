// Query strings of request targets: "alt=sse&key=…". What comes out is as it was sent; who needs it
// decoded uses base::percent_decode. Pure; views point into the query.
#pragma once

#include <cstdint>
#include <string_view>

namespace headgate::server {

/// The value of the first `name`; empty when there is none.
std::string_view query_value(std::string_view query, std::string_view name);

/// How many rows of a list a caller wants: ?limit=, 100 when it says nothing that is a number, at
/// most kListRowsMax.
inline constexpr std::uint64_t kListRowsMax = 1'000;
std::uint64_t list_limit(std::string_view query);

}  // namespace headgate::server
