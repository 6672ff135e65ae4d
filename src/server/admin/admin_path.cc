#include "server/admin/admin_path.h"

#include "base/text/strings.h"

namespace headgate::server {
namespace {

constexpr std::string_view kRoot = "/admin/v1/";
constexpr std::string_view kRead = "GET, HEAD";

AdminPath breaker(std::string_view rest) {
  const auto slash = rest.find('/');
  if (slash == 0 || slash == std::string_view::npos || slash + 1 == rest.size()) return {};
  return {AdminResource::breaker,
          base::percent_decode(rest.substr(0, slash)),
          base::percent_decode(rest.substr(slash + 1)),
          {},
          "PUT"};
}

}  // namespace

bool is_admin_path(std::string_view path) {
  return path == "/admin" || path.starts_with("/admin/");
}

AdminPath admin_path(std::string_view path) {
  constexpr std::string_view kBreaker = "breakers/";
  constexpr std::string_view kChaos = "chaos/";
  if (!path.starts_with(kRoot)) return {};
  path.remove_prefix(kRoot.size());
  if (path == "breakers") return {AdminResource::breakers, {}, {}, {}, kRead};
  if (path == "limits") return {AdminResource::limits, {}, {}, {}, kRead};
  if (path == "chaos") return {AdminResource::chaos, {}, {}, {}, "GET, HEAD, POST, DELETE"};
  if (path.starts_with(kChaos) && path.size() > kChaos.size()) {
    return {AdminResource::chaos_rule,
            {},
            {},
            base::percent_decode(path.substr(kChaos.size())),
            "DELETE"};
  }
  if (path.starts_with(kBreaker)) return breaker(path.substr(kBreaker.size()));
  return {};
}

}  // namespace headgate::server
