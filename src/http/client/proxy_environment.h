// The proxy variables of the environment (HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY and their
// lower-case forms), read once at start-up by app.cc and asked here. Pure.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/client/url.h"

namespace headgate::http {

class ProxyEnvironment {
 public:
  ProxyEnvironment() = default;
  /// `get` answers with a variable's value, empty when unset. Errors name the variable at fault.
  static base::Result<ProxyEnvironment> read(
      const std::function<std::string(const std::string&)>& get);

  /// The proxy to use for `url`, if any.
  const BaseUrl* proxy_for(const BaseUrl& url) const;

 private:
  bool bypassed(std::string_view host, std::uint16_t port) const;

  std::optional<BaseUrl> http_;
  std::optional<BaseUrl> https_;
  std::vector<std::string> no_proxy_;  // lower case: "*", "host", ".domain", "host:port"
};

}  // namespace headgate::http
