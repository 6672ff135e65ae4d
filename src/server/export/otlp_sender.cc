#include "server/export/otlp_sender.h"

#include <utility>

#include "http/wire/gzip.h"
#include "resilience/backoff.h"

namespace headgate::server {

using base::Errc;
using telemetry::SendResult;

namespace {

constexpr std::size_t kAnswerBytesMax = 64 * 1024;

}  // namespace

OtlpSender::OtlpSender(base::Loop& loop, ExportTarget target)
    : loop_(loop),
      target_(std::move(target)),
      client_(std::make_shared<http::Client>(loop, target_.client)) {}

base::Async<SendResult> OtlpSender::send(std::string_view body) {
  std::string packed;
  if (target_.gzip) {
    packed = http::gzip(body);
    body = packed;
  }
  auto result = co_await post(body);
  if (result) co_return *result;
  SendResult failed;
  failed.error = result.error().detail;
  co_return failed;
}

base::Task<SendResult> OtlpSender::post(std::string_view body) {
  http::ClientCall call(client_, never_);
  const base::MonoTime deadline = loop_.now() + target_.timeout;
  auto sent = co_await call.start(http::Method::post, target_.path, target_.headers, body, deadline,
                                  Errc::timeout_total);
  if (!sent) co_return sent.error();
  SendResult out;
  out.status = call.head().status;
  const auto& headers = call.head().headers;
  out.retry_after =
      resilience::parse_retry_after(headers.get("retry-after"), headers.get("retry-after-ms"),
                                    loop_.clock().unix_us() / 1'000'000);
  auto answer = co_await call.connection().read_all(kAnswerBytesMax);
  if (answer) out.body = std::string(*answer);  // the status alone says what follows
  co_return out;
}

}  // namespace headgate::server
