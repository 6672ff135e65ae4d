#include "cli/load/gateway_calls.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/async/loop.h"

namespace headgate::cli {

using base::Errc;
using base::Result;
using base::Task;

namespace {

// A run may take as long as its agent's limits allow.
constexpr base::seconds kAnswerWait{3600};
constexpr base::milliseconds kPauseFirst{100};
constexpr base::milliseconds kPauseMax{2000};
constexpr std::size_t kBodyBytesMax = 64 * 1024 * 1024;

bool is_busy(int status) { return status == 429 || (status >= 502 && status <= 504); }

}  // namespace

Result<std::unique_ptr<GatewayCalls>> GatewayCalls::make(base::Loop& loop,
                                                         const AdminServer& gateway,
                                                         std::int64_t patience_s) {
  auto options = client_options(gateway);
  if (!options) return options.error();
  const auto secret = secret_of(gateway);
  if (!secret) return secret.error();
  std::unique_ptr<GatewayCalls> out(new GatewayCalls());
  options->connections_idle_max = 4096;
  out->client_ = std::make_shared<http::Client>(loop, std::move(*options));
  if (!secret->empty()) out->authorization_ = "authorization: Bearer " + *secret + "\r\n";
  out->patience_ = base::seconds(patience_s);
  return out;
}

Task<GatewayReply> GatewayCalls::once(http::Method method, const std::string& path,
                                      const std::string& headers, const std::string& body) {
  http::ClientCall upstream(client_, nobody_);
  std::string all = authorization_ + headers;
  if (!body.empty()) all += "content-type: application/json\r\n";
  const base::MonoTime until = loop().now() + kAnswerWait;
  auto started = co_await upstream.start(method, path, all, body, until, Errc::timeout_total);
  if (!started) co_return started.error();
  auto read = co_await upstream.connection().read_all(kBodyBytesMax);
  if (!read) co_return read.error();
  co_return GatewayReply{upstream.head().status, std::string(*read)};
}

Task<GatewayReply> GatewayCalls::call(http::Method method, const std::string& path,
                                      const std::string& headers, const std::string& body) {
  base::milliseconds pause = kPauseFirst;
  std::optional<base::MonoTime> give_up;  // from its first failure on
  while (true) {
    auto reply = co_await once(method, path, headers, body);
    if (reply && !is_busy(reply->status)) co_return reply;
    if (!give_up) give_up = loop().now() + patience_;
    if (loop().now() + pause > *give_up) co_return reply;
    ++repeated_;
    const base::MonoTime at = loop().now() + pause;
    co_await base::sleep_until(loop(), at);
    pause = std::min(2 * pause, kPauseMax);
  }
}

}  // namespace headgate::cli
