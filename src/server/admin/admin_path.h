// What a path under /admin/v1 names, and by which methods it may be asked for: the whole table of
// the admin API. Names in a path are percent-decoded here and nowhere else. Pure; what it is given
// are bytes from outside, which may be anything.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace headgate::server {

enum class AdminResource : std::uint8_t {
  unknown,
  breakers,
  breaker,
  limits,
  chaos,
  chaos_rule,
};

struct AdminPath {
  AdminResource resource = AdminResource::unknown;
  std::string provider;  // of a breaker
  std::string model;     // of a breaker: as the provider calls it, slashes and all
  std::string rule;      // of chaos
  std::string_view allow;
};

/// Whether `path` is for the admin API at all.
bool is_admin_path(std::string_view path);

/// "/admin/v1/breakers/openai/meta%2Fllama": names are percent-decoded, and what follows a
/// provider's name is its model's, also with slashes as they are.
AdminPath admin_path(std::string_view path);

}  // namespace headgate::server
