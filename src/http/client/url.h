// An http or https base URL, taken apart once, at start-up. Pure; proxies use all of it, providers
// come from the configuration's own type without user information.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace headgate::http {

struct BaseUrl {
  bool tls = false;
  std::string host;  // without brackets
  std::uint16_t port = 80;
  std::string path;      // without a trailing slash; may be empty
  std::string userinfo;  // "user:password" for a proxy; refused for providers

  /// Value of the Host header: the port only where it is not the scheme's own.
  std::string host_header() const;
};

/// "http[s]://host[:port][/path]"; no query, no fragment.
base::Result<BaseUrl> parse_base_url(std::string_view text);

}  // namespace headgate::http
