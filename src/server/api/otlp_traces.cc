#include "server/api/otlp_traces.h"

#include <boost/asio/post.hpp>

#include <optional>
#include <utility>

#include "base/async/completion.h"
#include "base/text/strings.h"
#include "gateway/upstream/headers.h"
#include "http/wire/gzip.h"
#include "server/api/identity.h"
#include "telemetry/otlp/decode_json.h"
#include "telemetry/otlp/decode_protobuf.h"
#include "telemetry/otlp/response.h"

namespace headgate::server {

using base::Async;
using base::Errc;
using base::Error;
using base::fail;
using base::Result;
using telemetry::otlp::DecodedRequest;
using telemetry::otlp::Encoding;

namespace {

constexpr base::Duration kComeAgain = base::seconds(1);
constexpr int kUnsupportedMediaType = 415;

/// What one request's steps share.
struct Receiving {
  http::Exchange& exchange;
  LoopServices& services;
  base::Context& ctx;
  Encoding encoding = Encoding::protobuf;
};

std::optional<Encoding> encoding_of(const http::Headers& headers) {
  std::string_view type = headers.get("content-type");
  type = base::trim(type.substr(0, type.find(';')));
  if (base::iequals(type, "application/x-protobuf")) return Encoding::protobuf;
  if (base::iequals(type, "application/json")) return Encoding::json;
  return std::nullopt;
}

Async<void> reply(Receiving& to, int status, std::string_view body) {
  http::ReplyHead head(status);
  head.add("content-type", telemetry::otlp::content_type(to.encoding));
  gateway::add_ids(to.ctx, head);
  if (status == 401) head.add("www-authenticate", "Bearer");
  if (status == 503) gateway::add_retry_after(kComeAgain, head);
  auto sent = co_await to.exchange.reply(head, body);
}

Async<void> refuse(Receiving& to, const Error& error, int status) {
  ++to.services.intake.counters.requests_refused;
  const std::string body = telemetry::otlp::encode_status(error.code, error.detail, to.encoding);
  co_await reply(to, status, body);
}

Async<void> refuse(Receiving& to, const Error& error) {
  co_await refuse(to, error, base::row(error.code).http_status);
}

// Unpacked, where it was packed; `unpacked` holds it then.
Result<std::string_view> plain_body(const http::Headers& headers, std::string_view body,
                                    std::size_t bytes_max, std::string& unpacked) {
  const std::string_view coding = base::trim(headers.get("content-encoding"));
  if (coding.empty() || base::iequals(coding, "identity")) return body;
  if (!base::iequals(coding, "gzip")) {
    return fail(Errc::invalid_request,
                "Content-Encoding must be gzip or identity, not '" + std::string(coding) + "'");
  }
  auto plain = http::gunzip(body, bytes_max);
  if (!plain) return plain.error();
  unpacked = std::move(*plain);
  return std::string_view(unpacked);
}

Result<DecodedRequest> decode(std::string_view body, Encoding encoding,
                              const telemetry::OtlpReceiveConfig& config) {
  telemetry::otlp::DecodeLimits limits;
  limits.spans_max = static_cast<std::size_t>(config.spans_max);
  return encoding == Encoding::protobuf ? telemetry::otlp::decode_protobuf(body, limits)
                                        : telemetry::otlp::decode_json(body, limits);
}

// Lets the loop serve others.
Async<void> next_turn(base::Loop& loop) {
  base::Completion<> turn;
  base::asio::post(loop.io(), turn.handler());
  co_await turn;
}

Async<void> take(Receiving& to, DecodedRequest request, const ReceiveRules& rules) {
  LoopIntake& intake = to.services.intake;
  const auto catalog = to.services.pipeline.catalog();
  const IntakeTools tools{intake.sink, to.services.metrics, to.services.redactor,
                          intake.secret_keys, intake.seen};
  const IntakeRules of{rules.config.content, rules.record_bytes_max};
  Intake spans(std::move(request), to.ctx, *catalog, tools, of);
  while (spans.step()) co_await next_turn(to.services.loop);
  intake.counters.spans_taken += spans.taken();
  intake.counters.spans_repeated += spans.repeated();
  if (spans.is_full()) {
    ++intake.counters.requests_busy;
    const Error busy = fail(Errc::overloaded, "the journal of traces is full; come again");
    const std::string body = telemetry::otlp::encode_status(busy.code, busy.detail, to.encoding);
    co_await reply(to, 503, body);
    co_return;
  }
  intake.counters.spans_rejected += spans.rejected();
  telemetry::otlp::Response response;
  response.rejected_spans = static_cast<std::int64_t>(spans.rejected());
  response.message = spans.first_rejection();
  const std::string body = telemetry::otlp::encode(response, to.encoding);
  co_await reply(to, 200, body);
}

Async<void> receive(Receiving& to) {
  const std::shared_ptr<const ReceiveRules> rules = to.services.intake.rules.get();
  const auto& headers = to.exchange.request().headers;
  const auto bytes_max = static_cast<std::size_t>(rules->config.body_bytes_max);
  auto body = co_await to.exchange.read_body(bytes_max);
  if (!body) {
    co_await refuse(to, body.error());
    co_return;
  }
  std::string unpacked;
  const auto plain = plain_body(headers, *body, bytes_max, unpacked);
  if (!plain) {
    const Error error = plain.error();
    const bool is_known = error.code == Errc::payload_too_large ||
                          base::iequals(base::trim(headers.get("content-encoding")), "gzip");
    const int status = is_known ? base::row(error.code).http_status : kUnsupportedMediaType;
    co_await refuse(to, error, status);
    co_return;
  }
  auto request = decode(*plain, to.encoding, rules->config);
  if (!request) {
    co_await refuse(to, request.error());
    co_return;
  }
  DecodedRequest spans = std::move(*request);
  co_await take(to, std::move(spans), *rules);
}

}  // namespace

Async<void> otlp_traces(http::Exchange& exchange, LoopServices& services) {
  base::Context ctx = make_context(exchange, services);
  Receiving to{exchange, services, ctx};
  ++services.intake.counters.requests;
  const auto encoding = encoding_of(exchange.request().headers);
  to.encoding = encoding.value_or(Encoding::json);
  std::shared_ptr<const base::Principal> principal;
  const auto known = identify(ctx, exchange, services, principal);
  if (!known) {
    co_await refuse(to, known.error());
    co_return;
  }
  if (!encoding) {
    const Error error = fail(Errc::invalid_request,
                             "Content-Type must be application/x-protobuf or application/json");
    co_await refuse(to, error, kUnsupportedMediaType);
    co_return;
  }
  co_await receive(to);
}

}  // namespace headgate::server
