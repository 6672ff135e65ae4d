#include "agents/mcp_auth/fetch.h"

#include <algorithm>

#include "base/async/loop.h"

namespace headgate::agents::mcp {

using base::Errc;
using base::Task;

namespace {

constexpr std::size_t kBodyBytesMax = 256 * 1024;
constexpr base::Duration kTime = base::seconds(15);

}  // namespace

Task<Fetched> Fetcher::run(base::Context& ctx, http::Method method, const std::string& url,
                           const std::string& headers, const std::string& body) const {
  const auto parsed = parse_web_url(url);
  if (!parsed) co_return base::fail(Errc::upstream_auth, parsed.error().detail);
  http::ClientOptions options;
  options.url = parsed->base;
  options.tls = tls_;
  const auto client = std::make_shared<http::Client>(ctx.loop, options);
  const std::string where = (parsed->path.empty() ? "/" : parsed->path) +
                            (parsed->query.empty() ? "" : "?" + parsed->query);
  const base::MonoTime deadline = std::min(ctx.deadline, ctx.loop.now() + kTime);
  http::ClientCall call(client, ctx.cancellation);
  auto started = co_await call.start(method, where, headers, body, deadline, Errc::timeout_total);
  if (!started) co_return started.error();
  const int status = call.head().status;
  const std::string location(call.head().headers.get("location"));
  auto text = co_await call.connection().read_all(kBodyBytesMax);
  if (!text) co_return text.error();
  co_return Fetched{status, location, std::string(*text)};
}

Task<Fetched> Fetcher::get(base::Context& ctx, const std::string& url) const {
  const std::string headers = "accept: application/json\r\n";
  const std::string none;
  auto fetched = co_await run(ctx, http::Method::get, url, headers, none);
  co_return fetched;
}

Task<Fetched> Fetcher::post(base::Context& ctx, const std::string& url, const std::string& headers,
                            const std::string& body) const {
  auto fetched = co_await run(ctx, http::Method::post, url, headers, body);
  co_return fetched;
}

}  // namespace headgate::agents::mcp
