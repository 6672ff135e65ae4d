#include "http/client/url.h"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

namespace headgate::http {

using base::Errc;
using base::fail;
using base::Result;

std::string BaseUrl::host_header() const {
  const std::string name = host.find(':') == std::string::npos ? host : "[" + host + "]";
  const bool usual = port == (tls ? 443 : 80);
  return usual ? name : name + ":" + std::to_string(port);
}

Result<BaseUrl> parse_base_url(std::string_view text) {
  const auto parsed = boost::urls::parse_uri({text.data(), text.size()});
  if (!parsed) return fail(Errc::config_invalid, "is not a URL such as https://api.example.com/v1");
  const boost::urls::url_view& url = *parsed;
  BaseUrl out;
  const auto scheme = url.scheme_id();
  if (scheme != boost::urls::scheme::http && scheme != boost::urls::scheme::https) {
    return fail(Errc::config_invalid, "must start with http:// or https://");
  }
  if (url.has_query() || url.has_fragment()) {
    return fail(Errc::config_invalid, "must not have a query or fragment");
  }
  out.tls = scheme == boost::urls::scheme::https;
  out.host = std::string(url.host_address());
  if (out.host.empty()) return fail(Errc::config_invalid, "names no host");
  // Boost 1.81 takes the first four numbers of 10.0.0.1.example.com for the host.
  if (!url.encoded_path().empty() && url.encoded_path().front() != '/') {
    return fail(Errc::config_invalid, "has a host that begins like an IPv4 address and is none");
  }
  out.port = out.tls ? 443 : 80;
  if (url.has_port()) {
    if (url.port_number() == 0) return fail(Errc::config_invalid, "has no valid port");
    out.port = url.port_number();
  }
  out.userinfo = url.has_userinfo() ? std::string(url.userinfo()) : std::string();
  out.path = std::string(url.encoded_path());
  while (!out.path.empty() && out.path.back() == '/') out.path.pop_back();
  return out;
}

}  // namespace headgate::http
