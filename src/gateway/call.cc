#include "gateway/call.h"

#include <algorithm>
#include <array>
#include <list>
#include <utility>

#include "base/async/loop.h"
#include "gateway/call_log.h"
#include "gateway/delivery/route_decision.h"
#include "gateway/responses/stored_call.h"
#include "llm/chat/trace_text.h"
#include "telemetry/content/keep.h"
#include "telemetry/exchange_of.h"

namespace headgate::gateway {

namespace {

std::int64_t us_between(base::MonoTime from, base::MonoTime to) {
  return std::chrono::duration_cast<base::microseconds>(to - from).count();
}

// The words of a caller or a provider outside of content, which has a policy of its own. Only where
// something is wrong can there be any but names of the configuration.
void redact_words(base::Redactor& redactor, telemetry::Span& span, std::list<std::string>& words) {
  if (!span.error) return;
  for (std::string_view* text : {&span.error_message, &span.model_requested}) {
    std::string clean;
    if (redactor.redact(*text, clean)) *text = words.emplace_back(std::move(clean));
  }
}

// Whether its provider got the request, was not let finish, and may charge for it all the same. Who
// resets the connection instead has not answered, and what was not sent cannot be charged for.
bool is_abandoned(const Attempt& of, const std::optional<base::Error>& failed) {
  const Operation operation = of.call.ask.operation;
  const bool is_free = operation != Operation::chat && operation != Operation::embeddings;
  if (!of.sent || is_free) return false;
  if (of.is_lost()) return true;
  if (!failed) return false;
  switch (failed->code) {
    case base::Errc::cancelled:
    case base::Errc::client_timeout:
    case base::Errc::timeout_first_token:
    case base::Errc::timeout_idle:
    case base::Errc::timeout_total: return true;
    default: return false;
  }
}

}  // namespace

Call::Call(base::Context& context, const Ask& asked, std::shared_ptr<const Catalog> snapshot)
    : ctx(context),
      ask(asked),
      catalog(std::move(snapshot)),
      begun(context.loop.now()),
      begun_unix_us(context.loop.clock().unix_us()) {
  if (ask.dialect != llm::chat::Dialect::openai_responses) return;
  base::Random& random = ctx.loop.random();
  response_id = "resp_" + base::TraceId::random(random).hex() + base::SpanId::random(random).hex();
}

Attempt::Attempt(Call& of, const Model& target)
    : call(of),
      model(target),
      cancellation(&of.ctx.cancellation),
      upstream_dialect(target.provider->dialect_for(of.ask.dialect)) {}

bool Attempt::crosses() const { return upstream_dialect != call.ask.dialect; }

bool Attempt::rewrites() const { return crosses() || is_kept_here(*this); }

std::string_view Attempt::request_body() const {
  return body ? std::string_view(*body) : call.ask.body;
}

llm::chat::Limits limits_of(const Call& call) {
  llm::chat::Limits limits;
  limits.depth_max = call.catalog->json_depth_max;
  return limits;
}

llm::chat::AnswerContext answer_context(const Attempt& attempt) {
  llm::chat::AnswerContext context = answer_context(attempt.call);
  if (!attempt.rewrites()) context.id = {};
  return context;
}

llm::chat::AnswerContext answer_context(const Call& call) {
  llm::chat::AnswerContext context;
  context.request = call.decoded ? &*call.decoded : nullptr;
  context.id = call.response_id;
  context.created_s = call.begun_unix_us / 1'000'000;
  context.as_array = call.ask.source.as_array;
  context.api_version = call.ask.source.api_version;
  return context;
}

std::string_view stream_content_type(const Call& call) {
  return call.ask.source.as_array ? "application/json" : "text/event-stream; charset=utf-8";
}

Attempt& Call::begin(std::unique_ptr<Attempt> attempt) {
  Attempt& begun_now = *attempts.emplace_back(std::move(attempt));
  begun_now.begun = ctx.loop.now();
  begun_now.span = base::SpanId::random(ctx.loop.random());
  answering_ = &begun_now;
  return begun_now;
}

void Attempt::end(const base::Error& failed, std::string_view kind) {
  ended = call.ctx.loop.now();
  body.reset();
  error = failed;
  failure = kind;
  attributes.push_back({"failure", failure});
}

void Attempt::lose() {
  lost_ = true;
  ended = call.ctx.loop.now();
  error = base::fail(base::Errc::cancelled, "another attempt at the same call was faster");
  failure = "hedge_lost";
  attributes.push_back({"hedge", "lost"});
}

void Call::answer_without_model(int status, std::string_view kind, std::string output) {
  degraded = kind;
  answering_ = nullptr;
  own_output_ = std::move(output);
  reply_status = status;
  streamed = status == 200 && request.stream;
}

void Attempt::note(const llm::chat::Answer& answer) {
  usage = answer.usage;
  model_served = answer.model;
  response_id = answer.id;
  if (answer.candidates.empty()) return;
  const llm::chat::Candidate& first = answer.candidates.front();
  finish_reason = first.stop_native;
  const bool said = first.stop != llm::chat::StopReason::none;
  if (first.stop_native.empty() && said) finish_reason = llm::chat::name(first.stop);
  output = llm::chat::trace_text(first);
  reasoning = llm::chat::reasoning_text(first);
}

void Call::price(Attempt& of) {
  of.unpriced = is_abandoned(of, of.ended ? of.error : error);
  if (of.upstream_status == 0) return;  // nothing else was bought
  of.cost.reset();
  if (of.is_free) {
    of.cost = 0;
    return;
  }
  if (of.usage && catalog->prices) {
    const Model& bought = of.model;
    const std::string_view name = !bought.price_name.empty() ? std::string_view(bought.price_name)
                                  : !of.model_served.empty() ? std::string_view(of.model_served)
                                                             : bought.upstream_model;
    of.cost = catalog->prices->price(bought.provider->name, name, *of.usage, begun_unix_us);
  }
  // A provider that refused (4xx, 5xx) does not charge; everything else without a price is
  // unpriced.
  of.unpriced = (!of.cost && of.usage) || ((!of.cost || of.is_lost()) && of.upstream_status < 400);
}

void Call::price() {
  cost.reset();
  unpriced = false;
  for (const auto& one : attempts) {
    // Of a stream that broke off, what was told so far is not what will be billed.
    const bool failed = (one->ended ? one->error : error).has_value() && !one->is_lost();
    const bool unfinished = one->usage && one->finish_reason.empty();
    if (failed && streamed && unfinished) one->usage->incomplete = true;
    price(*one);
    unpriced = unpriced || one->unpriced;
    if (!one->cost) continue;
    base::Picodollars sum = 0;
    if (__builtin_add_overflow(cost.value_or(0), *one->cost, &sum)) {
      unpriced = true;
    } else {
      cost = sum;
    }
  }
}

std::optional<base::Usage> Call::usage() const {
  std::optional<base::Usage> sum;
  for (const auto& one : attempts) {
    if (!one->usage) continue;
    if (sum) {
      *sum += *one->usage;
    } else {
      sum = one->usage;
    }
  }
  return sum;
}

std::optional<base::MonoTime> Call::first_token() const {
  return answering_ == nullptr ? std::nullopt : answering_->first_token;
}

std::string Call::cost_text() const {
  if (unpriced || !cost) return unpriced ? "unpriced" : "0.00";
  return base::format_dollars(*cost).substr(1);
}

std::string_view Call::captured(CallTools& tools, std::string_view text, std::string& storage,
                                std::uint32_t& cut_bytes) const {
  const auto capture = route != nullptr ? route->capture : telemetry::ContentCapture::redacted;
  return telemetry::keep_content(text, capture, catalog->content_bytes_max, tools.redactor, storage,
                                 cut_bytes);
}

void Call::fill_head(telemetry::Span& span, base::MonoTime now) const {
  span.kind = telemetry::SpanKind::request;
  span.id = ctx.trace.span;
  span.parent = ctx.trace.parent;
  span.name = name(ask.operation);
  span.start_unix_us = begun_unix_us;
  span.duration_us = us_between(begun, now);
  span.http_status = static_cast<std::uint16_t>(reply_status);
  span.streamed = streamed;
  span.model_requested = request.model;
  span.usage = usage();
  span.cost = cost;
  span.unpriced = unpriced;
  if (const auto token = first_token()) span.ttft_us = us_between(begun, *token);
  if (error) {
    span.error = error->code;
    span.error_message = error->detail;
  }
  if (answering_ == nullptr) return;
  const Attempt& of = *answering_;
  span.provider = of.model.provider->name;
  span.model_served = of.model_served;
  span.response_id = of.response_id;
  span.finish_reason = of.finish_reason;
}

void Call::fill_attempt(telemetry::Span& span, std::size_t index, base::MonoTime now) const {
  const Attempt& of = *attempts[index];
  span.kind = telemetry::SpanKind::attempt;
  span.id = of.span;
  span.parent = ctx.trace.span;
  span.name = "attempt";
  span.attempt = static_cast<std::uint16_t>(index + 1);
  span.start_unix_us = begun_unix_us + us_between(begun, of.begun);
  span.duration_us = us_between(of.begun, of.ended.value_or(now));
  span.http_status = static_cast<std::uint16_t>(of.upstream_status);
  span.streamed = streamed;
  span.provider = of.model.provider->name;
  span.model_requested = of.model.upstream_model;
  span.model_served = of.model_served;
  span.response_id = of.response_id;
  span.finish_reason = of.finish_reason;
  span.usage = of.usage;
  span.cost = of.cost;
  span.unpriced = of.unpriced;
  span.attributes = of.attributes;
  if (of.first_token) span.ttft_us = us_between(of.begun, *of.first_token);
  const auto& failed = of.ended ? of.error : error;
  if (failed) {
    span.error = failed->code;
    span.error_message = failed->detail;
  }
}

// A later attempt at the same model sends more than the caller did.
bool Call::is_first_of_model(std::size_t index) const {
  return std::none_of(
      attempts.begin(), attempts.begin() + static_cast<std::ptrdiff_t>(index),
      [&](const auto& earlier) { return &earlier->model == &attempts[index]->model; });
}

void Call::watch_caches(CallTools& tools) {
  if (ask.operation != Operation::chat) return;
  for (std::size_t i = 0; i < attempts.size(); ++i) {
    if (attempts[i]->usage && is_first_of_model(i)) watch_cache(tools, *attempts[i]);
  }
}

void Call::watch_cache(CallTools& tools, Attempt& attempt) {
  const bool marks = route->prompt_caching == PromptCaching::mark;
  CacheableCall asked;
  asked.model = attempt.model.name;
  asked.provider = attempt.model.provider->name;
  asked.upstream_model = attempt.model.upstream_model;
  asked.tenant = ctx.principal->tenant;
  asked.body = ask.body;
  asked.depth_max = catalog->json_depth_max;
  asked.begun = attempt.begun;
  asked.usage = *attempt.usage;
  asked.asks_for_caching = marks || request.has_cache_marks;
  // Across dialects it is not known here whether marks were written.
  asked.needs_marks =
      attempt.upstream_dialect == llm::chat::Dialect::anthropic && !attempt.crosses();
  const auto outcome = tools.caches.on_call(asked, ctx.loop.now());
  if (!outcome) return;
  const bool missed = outcome->miss != CacheMiss::none;
  attempt.cache_expected = std::to_string(outcome->expected);
  attempt.attributes.push_back({"cache_expected", attempt.cache_expected});
  if (missed) attempt.attributes.push_back({"cache_miss", name(outcome->miss)});
  tools.metrics.observe({asked.model, asked.provider, outcome->expected, outcome->read,
                         missed ? name(outcome->miss) : std::string_view()});
}

// What a model thought is content as much as what it said.
void Call::keep_reasoning(CallTools& tools) {
  if (answering_ == nullptr || answering_->reasoning.empty()) return;
  std::string storage;
  std::uint32_t cut_bytes = 0;
  answering_->reasoning = captured(tools, answering_->reasoning, storage, cut_bytes);
  if (answering_->reasoning.empty()) return;
  answering_->attributes.push_back({"reasoning", answering_->reasoning});
}

bool Call::record(CallTools& tools, base::MonoTime now) {
  if (!tools.sink.wants_records()) return true;
  std::string input_storage;
  std::string output_storage;
  std::list<std::string> words;
  std::optional<RouteDecision> decision = route_decision(*this);
  const std::size_t decisions = decision ? 1 : 0;
  boost::container::small_vector<telemetry::Span, 2> spans(1 + attempts.size() + decisions);
  auto& head = spans[0];
  fill_head(head, now);
  const std::string queued_ms = std::to_string(us_between({}, base::MonoTime(queued)) / 1000);
  boost::container::small_vector<telemetry::Attribute, 4> head_attributes;
  const std::string not_tried = skipped_text(*this);
  if (!not_tried.empty()) head_attributes.push_back({"skipped", not_tried});
  if (queued > base::Duration::zero()) head_attributes.push_back({"queued_ms", queued_ms});
  if (!idempotent.empty()) head_attributes.push_back({"idempotent", idempotent});
  if (!hedge.empty()) head_attributes.push_back({"hedge", hedge});
  if (!degraded.empty()) head_attributes.push_back({"degraded", degraded});
  const std::string_view later = queued_id.empty() ? ask.queued_id : std::string_view(queued_id);
  if (!later.empty()) head_attributes.push_back({"queued_call", later});
  head.attributes = {head_attributes.data(), head_attributes.size()};
  head.input = captured(tools, request.prompt, input_storage, head.input_cut_bytes);
  head.output = captured(tools, own_output_, output_storage, head.output_cut_bytes);
  if (answering_ != nullptr) {
    head.output = captured(tools, answering_->output, output_storage, head.output_cut_bytes);
    head.output_cut_bytes += static_cast<std::uint32_t>(answering_->output_cut_bytes);
  }
  keep_reasoning(tools);
  for (std::size_t i = 0; i < attempts.size(); ++i) fill_attempt(spans[i + 1], i, now);
  if (decision) decision->fill(*this, spans.back());
  for (telemetry::Span& span : spans) redact_words(tools.redactor, span, words);
  const std::string user = ctx.user.empty() ? tools.redactor.redacted(request.user) : "";
  telemetry::ExchangeRecord out = telemetry::exchange_of(ctx);
  if (ctx.user.empty()) out.user = user;
  out.route = route != nullptr ? std::string_view(route->name) : std::string_view{};
  out.spans = {spans.data(), spans.size()};
  return tools.sink.record(out);
}

void Call::settle(CallTools& tools) {
  if (settled_) return;
  price();
  if (settle_later) return;
  settled_ = true;
  watch_caches(tools);
  const base::MonoTime now = ctx.loop.now();
  telemetry::CallSample sample;
  sample.trace_dropped = !record(tools, now);
  const Model* const model = served_by();
  sample.model = model != nullptr ? std::string_view(model->name) : "unknown";
  sample.provider = model != nullptr ? std::string_view(model->provider->name) : "";
  sample.http_status = reply_status;
  if (error) sample.error = error->code;
  sample.streamed = streamed;
  sample.duration_us = us_between(begun, now);
  if (const auto token = first_token()) sample.ttft_us = us_between(begun, *token);
  sample.usage = usage();
  sample.cost = cost;
  sample.unpriced = unpriced;
  sample.operation = name(ask.operation);
  sample.workflow = ctx.workflow;
  if (route != nullptr) sample.route = route->name;
  if (model != nullptr) sample.provider_kind = model->provider->convention_name();
  sample.attempts = attempts.size();
  sample.at = now;
  sample.unix_us = begun_unix_us + sample.duration_us;
  sample.trace = ctx.trace.trace;
  tools.metrics.observe(sample);
  if (!degraded.empty()) {
    tools.metrics.observe(telemetry::DegradedSample{route->name, degraded});
  }
  if (tools.log != nullptr) tools.log->ended(*this, catalog->log_calls, now);
  for (const auto& one : attempts) tools.metrics.observe(sample_of(*one, now));
}

telemetry::AttemptSample Call::sample_of(const Attempt& one, base::MonoTime now) const {
  telemetry::AttemptSample out;
  out.model = one.model.name;
  out.provider = one.model.provider->name;
  out.outcome = one.failure.empty() ? std::string_view("ok") : one.failure;
  out.operation = name(ask.operation);
  out.provider_kind = one.model.provider->convention_name();
  out.upstream_model = one.model.upstream_model;
  out.duration_us = us_between(one.begun, one.ended.value_or(now));
  if (one.first_token) out.ttft_us = us_between(one.begun, *one.first_token);
  out.usage = one.usage;
  return out;
}

}  // namespace headgate::gateway
