// Query strings of request targets: "alt=sse&key=…". What comes out is as it was sent; who needs it
// decoded uses base::percent_decode. Pure; views point into the query.
#pragma once

#include <string_view>

namespace headgate::server {

/// The value of the first `name`; empty when there is none.
std::string_view query_value(std::string_view query, std::string_view name);

}  // namespace headgate::server
