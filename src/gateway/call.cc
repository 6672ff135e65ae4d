#include "gateway/call.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/async/loop.h"

namespace headgate::gateway {

namespace {

std::int64_t us_between(base::MonoTime from, base::MonoTime to) {
  return std::chrono::duration_cast<base::microseconds>(to - from).count();
}

// The longest prefix of at most `bytes_max` bytes that does not cut a UTF-8 sequence.
std::string_view utf8_prefix(std::string_view text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  std::size_t end = bytes_max;
  while (end > 0 && (static_cast<std::uint8_t>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end);
}

}  // namespace

Call::Call(base::Context& context, std::shared_ptr<const Catalog> snapshot)
    : ctx(context),
      catalog(std::move(snapshot)),
      begun(context.loop.now()),
      begun_unix_us(context.loop.clock().unix_us()) {}

void Call::price() {
  if (!attempt_begun || upstream_status == 0) return;  // nothing was bought
  cost.reset();
  if (usage && catalog->prices) {
    const std::string_view name = !model->price_name.empty() ? std::string_view(model->price_name)
                                  : !model_served.empty()    ? std::string_view(model_served)
                                                             : model->upstream_model;
    cost = catalog->prices->price(model->provider->name, name, *usage, begun_unix_us);
  }
  // A provider that refused (4xx, 5xx) does not charge; everything else without a price is
  // unpriced.
  unpriced = !cost && (usage || upstream_status < 400);
}

std::string Call::cost_text() const {
  if (unpriced || !cost) return unpriced ? "unpriced" : "0.00";
  return base::format_dollars(*cost).substr(1);
}

std::string_view Call::hashed(std::string_view text, std::string& storage) const {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr);
  storage = "sha256:" + base::hex({reinterpret_cast<const char*>(digest.data()), size});
  return storage;
}

std::string_view Call::captured(CallTools& tools, std::string_view text, std::string& storage,
                                std::uint32_t& cut_bytes) const {
  if (text.empty()) return text;
  using Capture = telemetry::ContentCapture;
  switch (route != nullptr ? route->capture : Capture::redacted) {
    case Capture::off: return {};
    case Capture::hashed: return hashed(text, storage);
    case Capture::redacted:
      // Before the cut: half a secret would no longer look like one.
      if (tools.redactor.redact(text, storage)) text = storage;
      break;
    case Capture::full: break;
  }
  const std::string_view kept = utf8_prefix(text, catalog->content_bytes_max);
  cut_bytes +=
      static_cast<std::uint32_t>(std::min<std::size_t>(text.size() - kept.size(), UINT32_MAX));
  return kept;
}

void Call::fill(telemetry::Span& span, std::int64_t duration_us) const {
  span.duration_us = duration_us;
  span.streamed = streamed;
  span.usage = usage;
  span.cost = cost;
  span.unpriced = unpriced;
  span.model_served = model_served;
  span.response_id = response_id;
  span.finish_reason = finish_reason;
  if (error) {
    span.error = error->code;
    span.error_message = error->detail;
  }
}

bool Call::record(CallTools& tools, base::MonoTime now) {
  std::string input_storage;
  std::string output_storage;
  std::array<telemetry::Span, 2> spans;
  auto& head = spans[0];
  head.kind = telemetry::SpanKind::request;
  head.id = ctx.trace.span;
  head.parent = ctx.trace.parent;
  head.name = "chat";
  head.start_unix_us = begun_unix_us;
  head.http_status = static_cast<std::uint16_t>(reply_status);
  head.model_requested = request.model;
  head.input = captured(tools, request.prompt, input_storage, head.input_cut_bytes);
  head.output = captured(tools, output, output_storage, head.output_cut_bytes);
  head.output_cut_bytes += static_cast<std::uint32_t>(output_cut_bytes);
  fill(head, us_between(begun, now));
  if (first_token) head.ttft_us = us_between(begun, *first_token);

  auto& attempt = spans[1];
  if (attempt_begun) {
    attempt.kind = telemetry::SpanKind::attempt;
    attempt.id = attempt_span;
    attempt.parent = ctx.trace.span;
    attempt.name = "attempt";
    attempt.attempt = 1;
    attempt.start_unix_us = begun_unix_us + us_between(begun, *attempt_begun);
    attempt.http_status = static_cast<std::uint16_t>(upstream_status);
    attempt.provider = model->provider->name;
    attempt.model_requested = model->upstream_model;
    fill(attempt, us_between(*attempt_begun, now));
    if (first_token) attempt.ttft_us = us_between(*attempt_begun, *first_token);
    head.provider = attempt.provider;
  }
  telemetry::ExchangeRecord out;
  out.trace = ctx.trace.trace;
  out.request_id = ctx.request_id;
  out.session = ctx.session;
  out.workflow = ctx.workflow;
  out.user = !ctx.user.empty() ? std::string_view(ctx.user) : std::string_view(request.user);
  if (ctx.principal != nullptr) {
    out.tenant = ctx.principal->tenant;
    out.tier = ctx.principal->tier;
    out.key_id = ctx.principal->key_id;
  }
  out.route = route != nullptr ? std::string_view(route->name) : std::string_view{};
  out.spans = std::span(spans).first(attempt_begun ? 2 : 1);
  return tools.sink.record(out);
}

void Call::settle(CallTools& tools) {
  if (std::exchange(settled_, true)) return;
  price();
  const base::MonoTime now = ctx.loop.now();
  telemetry::CallSample sample;
  sample.trace_dropped = !record(tools, now);
  sample.model = model != nullptr ? std::string_view(model->name) : "unknown";
  sample.provider = model != nullptr ? std::string_view(model->provider->name) : "";
  sample.http_status = reply_status;
  if (error) sample.error = error->code;
  sample.streamed = streamed;
  sample.duration_us = us_between(begun, now);
  if (first_token) sample.ttft_us = us_between(begun, *first_token);
  sample.usage = usage;
  sample.cost = cost;
  sample.unpriced = unpriced;
  tools.metrics.observe(sample);
}

}  // namespace headgate::gateway
