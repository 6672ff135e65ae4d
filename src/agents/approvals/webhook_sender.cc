#include "agents/approvals/webhook_sender.h"

#include <array>
#include <utility>

#include "agents/approvals/webhook_signature.h"
#include "agents/tools/digest.h"
#include "base/async/loop.h"
#include "base/ids.h"
#include "base/json/cursor.h"
#include "base/json/writer.h"
#include "base/text/utc.h"
#include "http/tls.h"

namespace headgate::agents {

using base::Async;
using base::Errc;
using base::fail;
using base::Result;
using base::Task;

namespace {

constexpr std::array<std::int64_t, 5> kPausesS{1, 5, 30, 120, 600};
constexpr base::Duration kAnswerTime = base::seconds(15);
constexpr std::size_t kAnswerBytesMax = 64 * 1024;

std::string_view type_of(const WaitingCall& call) {
  return call.call.escalated ? "approval.escalated" : "approval.requested";
}

std::string id_of(const WaitingCall& call) {
  const std::string parts =
      digest({call.run_id, call.call.id, call.call.digest, type_of(call)}).substr(0, 16);
  return "msg_" + base::hex(parts);
}

std::string headers_of(const std::string& secret, const std::string& id, std::int64_t now_s,
                       const std::string& body) {
  return "content-type: application/json\r\nwebhook-id: " + id +
         "\r\nwebhook-timestamp: " + std::to_string(now_s) +
         "\r\nwebhook-signature: " + webhook_signature(secret, id, now_s, body) + "\r\n";
}

}  // namespace

std::string webhook_body(const WaitingCall& call) {
  std::string out;
  base::json::Writer writer(out);
  writer.begin_object();
  writer.member("type", type_of(call));
  writer.member("timestamp", base::utc_text(call.call.asked_us));
  writer.object("data");
  writer.member("run_id", call.run_id);
  writer.member("call_id", call.call.id);
  writer.member("agent", call.agent);
  writer.member("tool", call.call.tool);
  writer.member_raw("arguments", call.call.arguments);
  writer.member("digest", call.call.digest);
  writer.member("policy", call.call.policy);
  writer.member("reason", call.call.reason);
  if (!call.call.taint.empty()) writer.member_raw("tainted", call.call.taint);
  writer.member("needed", call.call.needed);
  if (call.call.due_us != 0) writer.member("due_at", base::utc_text(call.call.due_us));
  if (!call.origin.user.empty()) writer.member("user", call.origin.user);
  writer.member("decide_at", "/v1/approvals/webhook/" + call.call.policy);
  writer.end_object();
  writer.end_object();
  return out;
}

WebhookSender::WebhookSender(base::Loop& loop, const http::ProxyEnvironment& proxies,
                             const Waiting& waiting, WebhookCounters& counters, base::Log& log)
    : loop_(loop),
      proxies_(proxies),
      waiting_(waiting),
      counters_(counters),
      log_(log),
      tasks_(loop, [&log](std::string_view what) {
        log.error("webhook_escaped", {{"error", what}});
      }) {}

void WebhookSender::tell(const WaitingCall& call) {
  if (call.policy.webhook) tasks_.spawn(deliver(call));
}

bool WebhookSender::still_waits(const WaitingCall& call) const {
  const auto now = waiting_.find(call.run_id, call.call.id);
  return now && now->call.digest == call.call.digest && now->call.escalated == call.call.escalated;
}

Async<void> WebhookSender::deliver(WaitingCall call) {
  const std::string id = id_of(call);
  const std::string body = webhook_body(call);
  for (std::size_t tries = 0;; ++tries) {
    auto sent = co_await send(call, id, body);
    if (sent) {
      ++counters_.delivered;
      co_return;
    }
    ++counters_.failed;
    const bool last = tries == kPausesS.size();
    log_.warn("approval_webhook_failed", {{"policy", call.call.policy},
                                          {"run", call.run_id},
                                          {"call", call.call.id},
                                          {"error", sent.error().detail},
                                          {"again_in_s", last ? 0 : kPausesS[tries]}});
    if (last) break;
    const base::MonoTime next = loop_.now() + base::seconds(kPausesS[tries]);
    co_await base::sleep_until(loop_, next);
    if (!still_waits(call)) co_return;
  }
  ++counters_.given_up;
  log_.error("approval_webhook_given_up",
             {{"policy", call.call.policy}, {"run", call.run_id}, {"call", call.call.id}});
}

Result<std::shared_ptr<http::Client>> WebhookSender::client_of(const base::config::Url& url) const {
  http::ClientOptions options;
  options.url = {url.tls, url.host, url.port, {}, {}};
  if (url.tls) {
    auto tls = http::make_client_tls({});
    if (!tls) return tls.error();
    options.tls = std::move(*tls);
  }
  if (const http::BaseUrl* proxy = proxies_.proxy_for(options.url)) options.proxy = *proxy;
  return std::make_shared<http::Client>(loop_, std::move(options));
}

// The secret is read each time: it may have been changed.
Task<void> WebhookSender::send(const WaitingCall& call, const std::string& id,
                               const std::string& body) {
  const ApprovalWebhookConfig& webhook = *call.policy.webhook;
  auto secret = webhook.secret.resolve();
  if (!secret) co_return secret.error();
  auto client = client_of(webhook.url);
  if (!client) co_return client.error();
  const std::string headers = headers_of(*secret, id, loop_.clock().unix_us() / 1'000'000, body);
  const std::string target = webhook.url.path.empty() ? "/" : webhook.url.path;
  const base::MonoTime deadline = loop_.now() + kAnswerTime;
  http::ClientCall exchange(*client, never_);
  auto started = co_await exchange.start(http::Method::post, target, headers, body, deadline,
                                         Errc::timeout_total);
  if (!started) co_return started.error();
  const int status = exchange.head().status;
  exchange.connection().bound_reads(15'000, deadline);
  auto answer = co_await exchange.connection().read_all(kAnswerBytesMax);
  if (status >= 200 && status < 300) co_return Result<void>{};
  co_return fail(Errc::upstream_status, "it answered HTTP " + std::to_string(status));
}

}  // namespace headgate::agents
