#include "base/config/types.h"

#include <arpa/inet.h>

#include <algorithm>
#include <optional>

#include "base/text/strings.h"

namespace headgate::base::config {
namespace {

constexpr std::uint16_t kHttpPort = 80;
constexpr std::uint16_t kHttpsPort = 443;

bool is_alnum(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_ipv6(const std::string& host) {
  in6_addr address;
  return ::inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

bool is_local_address(const std::string& host) {
  in_addr address;
  return host == "localhost" || ::inet_pton(AF_INET, host.c_str(), &address) == 1 || is_ipv6(host);
}

bool is_host_name(std::string_view host) {
  constexpr std::size_t kHostMax = 253;
  return !host.empty() && host.size() <= kHostMax && is_alnum(host.front()) &&
         std::all_of(host.begin(), host.end(),
                     [](char c) { return is_alnum(c) || c == '-' || c == '.' || c == '_'; });
}

bool is_url_path(std::string_view path) {
  return std::all_of(path.begin(), path.end(), [](char c) {
    return is_alnum(c) || std::string_view("/-._~%!$&'()*+,;=:@").find(c) != std::string_view::npos;
  });
}

struct Authority {
  std::string host;
  std::optional<std::string_view> port;
};

// "host", "host:port", "[v6]", "[v6]:port".
std::optional<Authority> split_authority(std::string_view text) {
  Authority out;
  std::string_view rest;
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    out.host = text.substr(1, end - 1);
    rest = text.substr(end + 1);
    if (!is_ipv6(out.host)) return std::nullopt;
  } else {
    const auto colon = std::min(text.find(':'), text.size());
    out.host = text.substr(0, colon);
    rest = text.substr(colon);
    if (!is_host_name(out.host)) return std::nullopt;
  }
  if (rest.empty()) return out;
  if (rest[0] != ':') return std::nullopt;
  out.port = rest.substr(1);
  return out;
}

std::optional<std::uint16_t> parse_port(std::string_view text, std::uint16_t least) {
  const auto port = parse_u64(text);
  if (!port || *port < least || *port > 65535) return std::nullopt;
  return static_cast<std::uint16_t>(*port);
}

std::string bracketed(const std::string& host) {
  return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

Error invalid(std::string detail) { return fail(Errc::config_invalid, std::move(detail)); }

}  // namespace

Result<Url> Url::parse(std::string_view text) {
  constexpr std::string_view kHttp = "http://";
  constexpr std::string_view kHttps = "https://";
  Url url;
  url.tls = text.starts_with(kHttps);
  if (!url.tls && !text.starts_with(kHttp)) {
    return invalid("a URL begins with https:// or http://");
  }
  text.remove_prefix(url.tls ? kHttps.size() : kHttp.size());
  const auto slash = std::min(text.find_first_of("/?#"), text.size());
  if (text.substr(0, slash).find('@') != std::string_view::npos) {
    return invalid("a URL here holds no user or password; use api_key for a credential");
  }
  const auto authority = split_authority(text.substr(0, slash));
  if (!authority) return invalid("the URL's host is not a host name or an address");
  url.host = authority->host;
  url.port = url.tls ? kHttpsPort : kHttpPort;
  if (authority->port) {
    const auto port = parse_port(*authority->port, 1);
    if (!port) return invalid("the URL's port must be 1 to 65535");
    url.port = *port;
  }
  std::string_view path = text.substr(slash);
  if (path.find_first_of("?#") != std::string_view::npos) {
    return invalid("a base URL has no query and no fragment");
  }
  if (!is_url_path(path)) return invalid("the URL's path holds a character that must be escaped");
  while (path.ends_with('/')) path.remove_suffix(1);
  url.path = path;
  return url;
}

std::string Url::text() const {
  if (empty()) return {};
  std::string out = (tls ? "https://" : "http://") + bracketed(host);
  if (port != (tls ? kHttpsPort : kHttpPort)) out += ":" + std::to_string(port);
  return out + path;
}

Result<Address> Address::parse(std::string_view text) {
  const auto authority = split_authority(text);
  if (!authority || !authority->port || !is_local_address(authority->host)) {
    return invalid("an address is IP:PORT, such as 127.0.0.1:8787, 0.0.0.0:8787 or [::]:8787");
  }
  const auto port = parse_port(*authority->port, 0);
  if (!port) return invalid("the port must be 0 to 65535 (0: any free one)");
  return Address{authority->host, *port};
}

std::string Address::text() const {
  return empty() ? "" : bracketed(host) + ":" + std::to_string(port);
}

bool Address::is_loopback() const {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

Result<Dollars> Dollars::parse(std::string_view text) {
  const auto amount = parse_dollars(text);
  if (!amount) return invalid("an amount in dollars is a plain decimal such as 0.15");
  return Dollars{*amount};
}

std::string Dollars::text() const { return format_dollars(amount).substr(1); }

bool is_header_name(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return is_alnum(c) || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

}  // namespace headgate::base::config
