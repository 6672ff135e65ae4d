#include "server/api/query.h"

#include <algorithm>

#include "base/text/strings.h"

namespace headgate::server {

std::string_view query_value(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
    const auto equals = pair.find('=');
    if (equals != std::string_view::npos && pair.substr(0, equals) == name) {
      return pair.substr(equals + 1);
    }
  }
  return {};
}

std::uint64_t list_limit(std::string_view query) {
  const auto asked = base::parse_u64(query_value(query, "limit"));
  return std::min(asked.value_or(100), kListRowsMax);
}

}  // namespace headgate::server
