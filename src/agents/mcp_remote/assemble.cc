#include "agents/mcp_remote/assemble.h"

#include <utility>

#include "agents/mcp_auth/oauth.h"
#include "agents/mcp_wire/http_wire.h"
#include "agents/mcp_wire/stdio_wire.h"
#include "http/tls.h"

namespace headgate::agents::mcp {

using base::Errc;
using base::fail;
using base::Result;

namespace {

/// Headers that never change.
class FixedHeaders final : public Credentials {
 public:
  void add(std::string_view name, std::string_view value) {
    lines_.append(name).append(": ").append(value).append("\r\n");
  }
  void also(const Credentials& more) { more_ = &more; }
  std::string headers() const override {
    return more_ == nullptr ? lines_ : lines_ + more_->headers();
  }

 private:
  std::string lines_;
  const Credentials* more_ = nullptr;
};

RemoteLimits limits_of(const RemoteConfig& config) {
  RemoteLimits out;
  out.connect_timeout_ms = config.connect_timeout_ms;
  out.call_timeout_ms = config.call_timeout_ms;
  out.idle_timeout_ms = config.idle_timeout_ms;
  out.message_bytes_max = config.message_bytes_max;
  out.tools_max = config.tools_max;
  return out;
}

RemoteOptions options_of(const std::string& name, const RemoteConfig& config) {
  RemoteOptions out;
  out.name = name;
  out.limits = limits_of(config);
  out.era = config.protocol;
  out.naming.prefix = name + std::string(kNameJoint);
  out.naming.only.insert(config.tools.begin(), config.tools.end());
  for (const auto& [tool, effect] : config.effects) out.naming.effects[tool] = effect;
  return out;
}

http::BaseUrl base_url(const base::config::Url& url) {
  return {url.tls, url.host, url.port, url.path, {}};
}

}  // namespace

struct RemoteServers::Backing {
  RemoteLimits limits;
  FixedHeaders headers;
  std::unique_ptr<OAuth> oauth;

  Result<void> read_headers(const RemoteConfig& config) {
    for (const auto& [name, secret] : config.headers) {
      auto value = secret.resolve();
      if (!value) return value.error();
      headers.add(name, *value);
    }
    return {};
  }
  Result<void> make_oauth(const RemoteConfig& config, const http::TlsContext& tls) {
    if (config.oauth.client_id.empty()) return {};
    const auto server = parse_web_url(config.url.text());
    if (!server) return server.error();
    OAuthOptions options;
    options.client_id = config.oauth.client_id;
    options.issuer = config.oauth.issuer;
    options.scopes = config.oauth.scopes;
    if (!config.oauth.client_secret.empty()) {
      auto secret = config.oauth.client_secret.resolve();
      if (!secret) return secret.error();
      options.client_secret = std::move(*secret);
    }
    oauth = std::make_unique<OAuth>(*server, std::move(options), Fetcher(tls), nullptr);
    headers.also(*oauth);
    return {};
  }
  Result<std::unique_ptr<Wire>> http_wire(const RemoteConfig& config, base::Loop& home) {
    auto tls = http::make_client_tls(config.ca_file.string());
    if (!tls) return tls.error();
    if (auto ok = read_headers(config); !ok) return ok.error();
    if (auto ok = make_oauth(config, *tls); !ok) return ok.error();
    http::ClientOptions options;
    options.url = base_url(config.url);
    options.tls = *tls;
    options.connect_timeout_ms = config.connect_timeout_ms;
    return std::unique_ptr<Wire>(std::make_unique<HttpWire>(
        std::make_shared<http::Client>(home, std::move(options)), limits, &headers));
  }
  Result<std::unique_ptr<Wire>> stdio_wire(const std::string& name, const RemoteConfig& config,
                                           const Parts& parts, base::Loop& home) {
    ChildOptions child;
    child.command = config.command;
    for (const char* variable : {"PATH", "HOME"}) {
      child.environment.push_back(std::string(variable) + "=" + parts.environment(variable));
    }
    for (const auto& [variable, secret] : config.environment) {
      auto value = secret.resolve();
      if (!value) return value.error();
      child.environment.push_back(variable + "=" + *value);
    }
    return std::unique_ptr<Wire>(
        std::make_unique<StdioWire>(home, name, std::move(child), limits, &parts.log));
  }
};

RemoteServers::~RemoteServers() = default;

void RemoteServers::release() {
  for (const auto& host : host_.hosts()) host->release();
}

Result<void> RemoteServers::add(const std::string& name, const RemoteConfig& config,
                                const Parts& parts, base::Loop& home) {
  Backing& backing = *backings_.emplace_back(std::make_unique<Backing>());
  backing.limits = limits_of(config);
  auto wire = config.command.empty() ? backing.http_wire(config, home)
                                     : backing.stdio_wire(name, config, parts, home);
  if (!wire) return fail(Errc::config_invalid, "mcp.servers." + name + ": " + wire.error().detail);
  auto host = std::make_unique<RemoteHost>(
      home, name, config.scopes, base::milliseconds(config.connect_timeout_ms), parts.log);
  ClientParts client;
  client.authorizer = backing.oauth.get();
  client.changes = &parts.changes;
  client.log = &parts.log;
  host->own(
      std::make_shared<RemoteServer>(home, std::move(*wire), options_of(name, config), client));
  host_.add(std::move(host));
  return {};
}

Result<std::unique_ptr<RemoteServers>> RemoteServers::make(const RemoteConfigs& configs,
                                                           const Parts& parts) {
  std::unique_ptr<RemoteServers> out(new RemoteServers());
  std::size_t next = 0;
  for (const auto& [name, config] : configs) {
    base::Loop& home = *parts.loops[next++ % parts.loops.size()];
    if (auto added = out->add(name, config, parts, home); !added) return added.error();
  }
  return out;
}

}  // namespace headgate::agents::mcp
