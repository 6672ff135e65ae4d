#include "gateway/upstream/upstreams.h"

namespace headgate::gateway {
namespace {

bool same_address(const http::BaseUrl& a, const http::BaseUrl& b) {
  return a.tls == b.tls && a.host == b.host && a.port == b.port && a.path == b.path &&
         a.userinfo == b.userinfo;
}

bool same_client(const http::ClientOptions& a, const http::ClientOptions& b) {
  const bool same_proxy =
      a.proxy.has_value() == b.proxy.has_value() && (!a.proxy || same_address(*a.proxy, *b.proxy));
  return same_proxy && same_address(a.url, b.url) && a.tls == b.tls &&
         a.connect_timeout_ms == b.connect_timeout_ms &&
         a.connections_idle_max == b.connections_idle_max &&
         a.connection_idle_ms == b.connection_idle_ms &&
         a.connection_age_max_ms == b.connection_age_max_ms &&
         a.dns_refresh_ms == b.dns_refresh_ms && a.dialer == b.dialer;
}

}  // namespace

const std::shared_ptr<http::Client>& Upstreams::client(
    const std::shared_ptr<const Provider>& provider) {
  Entry& entry = entries_[provider->name];
  if (entry.provider != provider) {
    if (!entry.client || !same_client(entry.client->options(), provider->client)) {
      entry.client = std::make_shared<http::Client>(loop_, provider->client);
    }
    entry.provider = provider;
  }
  return entry.client;
}

}  // namespace headgate::gateway
