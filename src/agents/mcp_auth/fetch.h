// The small requests that getting a credential takes: one answer each, bounded, never a redirect
// followed, each with a connection of its own. Runs on the loop of its context.
#pragma once

#include <string>
#include <string_view>

#include "agents/mcp_auth/web_url.h"
#include "base/async/task.h"
#include "base/context.h"
#include "http/client/client.h"

namespace headgate::agents::mcp {

struct Fetched {
  int status = 0;
  std::string location;  // of a redirect, which is not followed
  std::string body;
};

class Fetcher {
 public:
  /// `tls`: for https; null: only this machine can be asked.
  explicit Fetcher(http::TlsContext tls) : tls_(std::move(tls)) {}

  base::Task<Fetched> get(base::Context& ctx, const std::string& url) const;
  base::Task<Fetched> post(base::Context& ctx, const std::string& url, const std::string& headers,
                           const std::string& body) const;

 private:
  base::Task<Fetched> run(base::Context& ctx, http::Method method, const std::string& url,
                          const std::string& headers, const std::string& body) const;

  http::TlsContext tls_;
};

}  // namespace headgate::agents::mcp
