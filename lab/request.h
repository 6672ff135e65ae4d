// A request as the lab takes it off the wire, and what it asks of its headers and query. Plain
// values and pure functions.
#pragma once

#include <string>
#include <string_view>

#include "lab/plan.h"

namespace headgate::lab {

struct LabRequest {
  std::string method;
  std::string path;  // without the query
  HeaderList headers;
  std::string body;
  std::string query = {};  // without '?'
};

/// The first header of this name, in any case; empty when there is none.
std::string_view header_of(const LabRequest& request, std::string_view name);
bool has_header(const LabRequest& request, std::string_view name);
/// The value of a query parameter, decoded; empty when it is not there.
std::string query_value(const LabRequest& request, std::string_view name);
/// Path and query as they may be written down: without the parameter "key".
std::string public_target(const LabRequest& request);
/// The token of "Authorization: Bearer …"; empty when there is none.
std::string_view bearer_of(const LabRequest& request);

}  // namespace headgate::lab
