#include "server/otlp/intake.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/async/loop.h"
#include "base/json/writer.h"
#include "server/otlp/clean.h"
#include "telemetry/conventions/fields.h"
#include "telemetry/conventions/own_keys.h"
#include "telemetry/span_codec.h"

namespace headgate::server {

using telemetry::Attribute;
using telemetry::ContentCapture;
using telemetry::ExchangeRecord;
using telemetry::ReadSpan;

namespace {

constexpr std::size_t kSpansAStep = 64;
constexpr std::size_t kSpansARecord = 256;
constexpr std::size_t kRecordBytes = 256 * 1024;  // about what one record gathers

std::size_t size_of(const ReadSpan& one) {
  std::size_t bytes = one.span.input.size() + one.span.output.size();
  for (const Attribute& attribute : one.attributes) {
    bytes += attribute.key.size() + attribute.value.size();
  }
  return bytes;
}

// A key is there once: ours takes the place of a sender's.
void put(std::vector<Attribute>& attributes, const Attribute& ours) {
  const auto same = std::find_if(attributes.begin(), attributes.end(),
                                 [&](const Attribute& each) { return each.key == ours.key; });
  if (same == attributes.end()) {
    attributes.push_back(ours);
  } else {
    *same = ours;
  }
}

bool same_record(const ReadSpan& a, const ReadSpan& b) {
  return a.trace == b.trace && a.resource == b.resource;
}

// The first span of a record carries what all of it used and cost, as a call's head does.
void add_totals(std::vector<telemetry::Span>& spans) {
  telemetry::Span& head = spans.front();
  for (std::size_t i = 1; i < spans.size(); ++i) {
    const telemetry::Span& span = spans[i];
    if (!is_counted(span)) continue;
    head.unpriced = head.unpriced || span.unpriced;
    if (span.usage) {
      head.usage = head.usage.value_or(base::Usage{});
      *head.usage += *span.usage;
    }
    if (!span.cost) continue;
    base::Picodollars sum = 0;
    const bool is_over = __builtin_add_overflow(head.cost.value_or(0), *span.cost, &sum);
    head.unpriced = head.unpriced || is_over;
    if (!is_over) head.cost = sum;
  }
}

std::string_view first_of(const std::vector<ReadSpan>& spans, std::size_t begin, std::size_t end,
                          std::string_view ReadSpan::*field) {
  for (std::size_t i = begin; i < end; ++i) {
    if (!(spans[i].*field).empty()) return spans[i].*field;
  }
  return {};
}

}  // namespace

Intake::Intake(telemetry::otlp::DecodedRequest request, const base::Context& ctx,
               const gateway::Catalog& catalog, const IntakeTools& tools, const IntakeRules& rules)
    : request_(std::move(request)), ctx_(ctx), catalog_(catalog), tools_(tools), rules_(rules) {
  spans_.reserve(request_.spans.size());
}

bool Intake::step() {
  switch (phase_) {
    case Phase::read: read_some(); break;
    case Phase::price: price(); break;
    case Phase::record: record_some(); break;
    case Phase::done: break;
  }
  return phase_ != Phase::done && !full_;
}

void Intake::read_some() {
  const std::size_t end = std::min(next_ + kSpansAStep, request_.spans.size());
  for (; next_ < end; ++next_) {
    ReadSpan one = telemetry::read_span(request_.spans[next_], request_);
    if (tools_.seen.is_taken(one.trace, one.span)) {
      ++repeated_;
    } else {
      spans_.push_back(std::move(one));
    }
  }
  if (next_ == request_.spans.size()) phase_ = Phase::price;
}

void Intake::price() {
  const auto sources = price_spans(spans_, catalog_, tools_.seen);
  for (std::size_t i = 0; i < spans_.size(); ++i) {
    if (!spans_[i].span.usage) continue;
    move_told_usage(spans_[i]);
    if (sources[i] == CostSource::none) continue;
    put(spans_[i].attributes, {telemetry::kCostSourceKey, name(sources[i])});
  }
  group();
  judge_content();
  next_ = 0;
  phase_ = spans_.empty() ? Phase::done : Phase::record;
}

// Whoever adds up the usage of spans must not find it twice.
void Intake::move_told_usage(ReadSpan& one) {
  if (is_counted(one.span)) return;
  std::string told;
  base::json::Writer json(told);
  json.begin_object();
  json.member("input", one.span.usage->input);
  json.member("cached", one.span.usage->cached);
  json.member("cache_write", one.span.usage->cache_write);
  json.member("output", one.span.usage->output);
  json.member("reasoning", one.span.usage->reasoning);
  json.end_object();
  put(one.attributes, {telemetry::kToldUsageKey, request_.keep(std::move(told)), true});
  one.span.usage.reset();
}

// Spans of a record stand together, the one that no other of them is the parent of in front.
void Intake::group() {
  std::stable_sort(spans_.begin(), spans_.end(), [](const ReadSpan& a, const ReadSpan& b) {
    return std::tuple(a.trace, a.resource, a.span.start_unix_us) <
           std::tuple(b.trace, b.resource, b.span.start_unix_us);
  });
  for (auto begin = spans_.begin(); begin != spans_.end();) {
    const auto end = std::find_if(begin, spans_.end(),
                                  [&](const ReadSpan& s) { return !same_record(*begin, s); });
    std::vector<base::SpanId> ids;
    for (auto at = begin; at != end; ++at) ids.push_back(at->span.id);
    std::sort(ids.begin(), ids.end());
    const auto head = std::find_if(begin, end, [&](const ReadSpan& s) {
      return !std::binary_search(ids.begin(), ids.end(), s.span.parent);
    });
    if (head != end) std::rotate(begin, head, head + 1);
    begin = end;
  }
}

std::size_t Intake::record_end(std::size_t begin) const {
  std::size_t end = begin;
  std::size_t bytes = 0;
  // The first span has the totals of the record: a model call's own are just these (none, where it
  // is counted elsewhere), so it has no other call beside it.
  const bool is_call = spans_[begin].span.kind == telemetry::SpanKind::llm;
  while (end < spans_.size() && end - begin < kSpansARecord &&
         same_record(spans_[begin], spans_[end])) {
    bytes += size_of(spans_[end]);
    if (end > begin && bytes > kRecordBytes) break;
    if (end > begin && is_call && is_counted(spans_[end].span)) break;
    ++end;
  }
  return end;
}

void Intake::record_some() {
  for (std::size_t done = 0; done < kSpansAStep && next_ < spans_.size() && !full_;) {
    const std::size_t end = record_end(next_);
    record(next_, end);
    done += end - next_;
    if (!full_) next_ = end;
  }
  if (next_ == spans_.size()) phase_ = Phase::done;
}

// Before any of it is recorded: a trace may be many records.
void Intake::judge_content() {
  captures_.reserve(spans_.size());
  while (captures_.size() < spans_.size()) {
    const std::size_t begin = captures_.size();
    std::size_t end = begin;
    while (end < spans_.size() && spans_[end].trace == spans_[begin].trace) ++end;
    captures_.resize(end, judge_trace(begin, end));
  }
}

// The strictest of what the endpoint and the routes of the models in a trace say: what one span may
// not keep, the agent's span above it, which has the whole conversation and often comes in a later
// batch, must not either.
ContentCapture Intake::judge_trace(std::size_t begin, std::size_t end) {
  ContentCapture strictest = rules_.content;
  ContentCapture of_models = rules_.content;
  for (std::size_t i = begin; i < end; ++i) {
    const telemetry::Span& span = spans_[i].span;
    const auto model = span.model_requested.empty() ? span.model_served : span.model_requested;
    const ContentCapture capture = catalog_.route_for(model, *ctx_.principal).capture;
    strictest = std::max(strictest, capture);
    if (!model.empty()) of_models = std::max(of_models, capture);
  }
  if (of_models > rules_.content) tools_.seen.note_capture(spans_[begin].trace, of_models);
  return strictest;
}

ExchangeRecord Intake::identity(std::size_t begin, std::size_t end) const {
  ExchangeRecord record;
  record.trace = spans_[begin].trace;
  record.request_id = ctx_.request_id;
  record.user = ctx_.principal->user;  // what a key is bound to, no span changes
  if (record.user.empty()) record.user = first_of(spans_, begin, end, &ReadSpan::user);
  if (record.user.empty()) record.user = ctx_.user;
  record.session = first_of(spans_, begin, end, &ReadSpan::session);
  if (record.session.empty()) record.session = ctx_.session;
  record.workflow = first_of(spans_, begin, end, &ReadSpan::workflow);
  if (record.workflow.empty()) record.workflow = ctx_.workflow;
  record.release = first_of(spans_, begin, end, &ReadSpan::release);
  record.tenant = ctx_.principal->tenant;
  record.tier = ctx_.principal->tier;
  record.key_id = ctx_.principal->key_id;
  return record;
}

// A record has one user and one session; a span that names another keeps it as an attribute.
void Intake::note_other_identity(ReadSpan& span, const ExchangeRecord& record) const {
  const auto note = [&](std::string_view key, std::string_view own, std::string_view of_record) {
    if (!own.empty() && own != of_record) put(span.attributes, {key, own});
  };
  note("user.id", span.user, record.user);
  note("session.id", span.session, record.session);
  note("headgate.workflow", span.workflow, record.workflow);
  note("langfuse.release", span.release, record.release);
}

void Intake::record(std::size_t begin, std::size_t end) {
  const auto capture = std::max(captures_[begin], tools_.seen.capture(spans_[begin].trace));
  Cleaner cleaner(tools_.redactor, tools_.secret_keys, capture, catalog_.content_bytes_max);
  ExchangeRecord record = identity(begin, end);
  std::vector<telemetry::Span> spans;
  for (std::size_t i = begin; i < end; ++i) {
    ReadSpan& one = spans_[i];
    note_other_identity(one, record);
    if (i == begin) {
      for (const Attribute& each : request_.resources[one.resource].attributes) {
        const std::string key = std::string(telemetry::kResourcePrefix).append(each.key);
        put(one.attributes, {cleaner.keep(key), each.value, each.is_json});
      }
    }
    cleaner.clean(one.span, one.attributes);
    one.span.attributes = one.attributes;
    spans.push_back(one.span);
  }
  for (const auto text : {&ExchangeRecord::user, &ExchangeRecord::session,
                          &ExchangeRecord::workflow, &ExchangeRecord::release}) {
    record.*text = cleaner.plain(record.*text);
  }
  add_totals(spans);
  record.spans = spans;
  hand_over(record);
}

void Intake::hand_over(const ExchangeRecord& record) {
  const std::size_t bytes = telemetry::encoded_size(record);
  if (bytes == 0 || bytes > rules_.record_bytes_max) {
    for (std::size_t i = 0; i < record.spans.size(); ++i) {
      request_.reject("a span larger than the journal takes (storage.journal_bytes)");
    }
    return;
  }
  full_ = !tools_.sink.record(record);
  if (full_) return;
  taken_ += record.spans.size();
  for (const telemetry::Span& span : record.spans) tools_.seen.note_taken(record.trace, span);
  count_tools(record);
}

// Calls of tools are seen nowhere else.
void Intake::count_tools(const ExchangeRecord& record) {
  for (const telemetry::Span& span : record.spans) {
    if (span.kind != telemetry::SpanKind::tool) continue;
    telemetry::ToolSample sample;
    sample.tool = span.name;
    const Attribute* agent = telemetry::find_attribute(span, "gen_ai.agent.name");
    sample.agent = agent != nullptr ? agent->value : record.workflow;
    sample.failed = span.error.has_value();
    sample.duration_us = span.duration_us;
    sample.at = ctx_.loop.now();
    tools_.metrics.observe(sample);
  }
}

}  // namespace headgate::server
