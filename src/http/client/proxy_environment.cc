#include "http/client/proxy_environment.h"

#include <algorithm>

#include "base/text/strings.h"

namespace headgate::http {

using base::Errc;
using base::fail;
using base::Result;

namespace {

using Get = std::function<std::string(const std::string&)>;

// The first of `names` that is set, as a URL; a bare "host:port" means http.
Result<std::optional<BaseUrl>> first_url(const Get& get, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    std::string value = get(name);
    if (value.empty()) continue;
    if (value.find("://") == std::string::npos) value.insert(0, "http://");
    auto url = parse_base_url(value);
    if (!url) return fail(Errc::config_invalid, std::string(name) + " " + url.error().detail);
    if (url->tls)
      return fail(Errc::config_invalid, std::string(name) + " must be an http:// proxy");
    return std::optional<BaseUrl>(std::move(*url));
  }
  return std::optional<BaseUrl>();
}

}  // namespace

Result<ProxyEnvironment> ProxyEnvironment::read(const Get& get) {
  ProxyEnvironment out;
  // HTTP_PROXY in capitals is not read: a CGI host sets it from a request's Proxy header.
  auto http = first_url(get, {"http_proxy", "ALL_PROXY", "all_proxy"});
  if (!http) return http.error();
  auto https = first_url(get, {"HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"});
  if (!https) return https.error();
  out.http_ = std::move(*http);
  out.https_ = std::move(*https);
  std::string list = get("NO_PROXY");
  if (list.empty()) list = get("no_proxy");
  std::string_view rest = list;
  while (!rest.empty()) {
    const auto comma = rest.find(',');
    const auto entry = base::trim(rest.substr(0, comma));
    if (!entry.empty()) out.no_proxy_.push_back(base::to_lower(entry));
    if (comma == std::string_view::npos) break;
    rest.remove_prefix(comma + 1);
  }
  return out;
}

const BaseUrl* ProxyEnvironment::proxy_for(const BaseUrl& url) const {
  const auto& proxy = url.tls ? https_ : http_;
  if (!proxy || bypassed(url.host, url.port)) return nullptr;
  return &*proxy;
}

bool ProxyEnvironment::bypassed(std::string_view host, std::uint16_t port) const {
  const std::string name = base::to_lower(host);
  const std::string with_port = name + ":" + std::to_string(port);
  return std::any_of(no_proxy_.begin(), no_proxy_.end(), [&](std::string_view entry) {
    if (entry == "*" || entry == name || entry == with_port) return true;
    if (entry.starts_with("*.")) entry.remove_prefix(1);
    if (entry.starts_with(".")) return name.ends_with(entry) || name == entry.substr(1);
    return name.ends_with(entry) && name.size() > entry.size() &&
           name[name.size() - entry.size() - 1] == '.';
  });
}

}  // namespace headgate::http
