#include "telemetry/conventions/read.h"

#include <array>
#include <charconv>
#include <cmath>

#include "base/json/cursor.h"
#include "base/json/writer.h"
#include "telemetry/content/flat_messages.h"
#include "telemetry/conventions/fields.h"
#include "telemetry/conventions/ingest_table.h"
#include "telemetry/conventions/kinds.h"
#include "telemetry/conventions/names.h"
#include "telemetry/conventions/own_keys.h"
#include "telemetry/conventions/span_parts.h"

namespace headgate::telemetry {
namespace {

using base::json::Cursor;
using otlp::DecodedRequest;
using otlp::DecodedSpan;

std::optional<double> number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return std::isfinite(value) ? std::optional(value) : std::nullopt;
}

std::optional<std::int64_t> whole(double value) {
  constexpr double kMax = 9e18;
  if (!(value >= 0 && value < kMax)) return std::nullopt;
  return static_cast<std::int64_t>(std::llround(value));
}

// One number of a JSON object.
std::optional<double> member(std::string_view json, std::string_view wanted) {
  std::optional<double> found;
  Cursor in(json);
  std::string_view key;
  in.enter_object();
  while (in.next_key(key)) {
    if (key != wanted || in.kind() != base::json::Kind::number) continue;
    in.skip();
    found = number(in.value_text());
  }
  return in.finish() ? found : std::nullopt;
}

class SpanReader {
 public:
  SpanReader(const DecodedSpan& from, DecodedRequest& request) : from_(from), request_(request) {
    used_.assign(from.attributes.size(), false);
  }

  ReadSpan read() {
    find();
    out_.trace = from_.trace;
    out_.resource = from_.resource;
    Span& span = out_.span;
    span.id = from_.id;
    span.parent = from_.parent;
    span.kind = kind();
    read_times();
    read_call();
    read_usage();
    read_cost();
    read_name();
    read_content();
    read_caller();
    read_outcome();
    keep_rest();
    return std::move(out_);
  }

 private:
  struct Found {
    const Attribute* attribute = nullptr;
    std::uint16_t rank = 0;
  };

  void find() {
    for (const Attribute& attribute : from_.attributes) {
      const auto row = ingest_row(attribute.key);
      if (!row || attribute.value.empty()) continue;
      Found& best = found_[static_cast<std::size_t>(row->field)];
      if (best.attribute == nullptr || row->rank < best.rank) best = {&attribute, row->rank};
    }
  }

  std::string_view raw(IngestField field) const {
    const Found& found = found_[static_cast<std::size_t>(field)];
    return found.attribute == nullptr ? std::string_view() : found.attribute->value;
  }

  // Attributes that say of `field` just what it says now need not be kept beside it.
  void use(IngestField field, std::string_view said) {
    for (std::size_t i = 0; i < from_.attributes.size(); ++i) {
      const Attribute& attribute = from_.attributes[i];
      if (attribute.value != said) continue;
      const auto row = ingest_row(attribute.key);
      if (row && row->field == field) used_[i] = true;
    }
  }

  std::string_view take(IngestField field) {
    const std::string_view value = raw(field);
    if (!value.empty()) use(field, value);
    return value;
  }

  std::optional<double> take_number(IngestField field) {
    const auto value = number(raw(field));
    if (value) use(field, raw(field));
    return value;
  }

  std::optional<std::int64_t> take_count(IngestField field) {
    const auto value = number(raw(field));
    const auto count = value ? whole(*value) : std::nullopt;
    if (count) use(field, raw(field));
    return count;
  }

  // Words that our kind stands for on the way out as well need not be kept.
  SpanKind kind() {
    Span like;
    like.kind = find_kind();
    const ExchangeRecord none{.spans = {&like, 1}};
    use(IngestField::headgate_kind, raw(IngestField::headgate_kind));
    use(IngestField::langfuse_type, langfuse_type(like.kind));
    use(IngestField::openinference_kind, openinference_kind(like.kind));
    use(IngestField::operation, operation_of(none, like));
    use(IngestField::traceloop_kind, name(like.kind));
    return like.kind;
  }

  SpanKind find_kind() const {
    if (auto kind = kind_of_headgate(raw(IngestField::headgate_kind))) return *kind;
    if (auto kind = kind_of_langfuse(raw(IngestField::langfuse_type))) return *kind;
    if (auto kind = kind_of_openinference(raw(IngestField::openinference_kind))) return *kind;
    if (auto kind = kind_of_operation(raw(IngestField::operation))) return *kind;
    if (auto kind = kind_of_traceloop(raw(IngestField::traceloop_kind))) return *kind;
    if (auto kind = kind_of_vercel(raw(IngestField::vercel_operation))) return *kind;
    if (!raw(IngestField::tool_name).empty()) return SpanKind::tool;
    const bool has_model =
        !raw(IngestField::model_requested).empty() || !raw(IngestField::model_served).empty();
    return has_model ? SpanKind::llm : SpanKind::other;
  }

  void read_times() {
    constexpr std::uint64_t kNsPerUs = 1000;
    out_.span.start_unix_us = static_cast<std::int64_t>(from_.start_unix_ns / kNsPerUs);
    if (from_.end_unix_ns > from_.start_unix_ns) {
      out_.span.duration_us =
          static_cast<std::int64_t>((from_.end_unix_ns - from_.start_unix_ns) / kNsPerUs);
    }
    std::optional<double> seconds = take_number(IngestField::ttft_s);
    if (!seconds) {
      const auto ms = take_number(IngestField::ttft_ms);
      if (ms) seconds = *ms / 1000;
    }
    if (seconds) out_.span.ttft_us = whole(*seconds * 1e6);
  }

  void read_call() {
    Span& span = out_.span;
    span.model_requested = take(IngestField::model_requested);
    span.model_served = take(IngestField::model_served);
    span.response_id = take(IngestField::response_id);
    read_provider();
    const std::string_view streamed = raw(IngestField::streamed);
    span.streamed = streamed == "true";
    if (span.streamed || streamed == "false") use(IngestField::streamed, streamed);
    read_finish_reason();
  }

  void read_provider() {
    const std::string_view said = raw(IngestField::provider);
    std::string_view lower = said;
    if (base::to_lower(said) != said) lower = request_.keep(base::to_lower(said));
    out_.span.provider = our_provider(lower);
    if (convention_provider(out_.span.provider) == lower) use(IngestField::provider, said);
  }

  void read_finish_reason() {
    const std::string_view said = raw(IngestField::finish_reason);
    if (!said.starts_with('[')) {
      out_.span.finish_reason = take(IngestField::finish_reason);
      return;
    }
    Cursor in(said);
    base::json::Text first;
    in.enter_array();
    if (!in.next_element() || !in.string(first)) return;
    out_.span.finish_reason = request_.keep(first.decode());
    if (!in.next_element() && in.finish()) use(IngestField::finish_reason, said);
  }

  void read_usage() {
    base::Usage usage;
    const auto input = take_count(IngestField::tokens_input);
    const auto output = take_count(IngestField::tokens_output);
    usage.input = input.value_or(0);
    usage.output = output.value_or(0);
    usage.cached = take_count(IngestField::tokens_cached).value_or(0);
    usage.cache_write = take_count(IngestField::tokens_cache_write).value_or(0);
    usage.reasoning = take_count(IngestField::tokens_reasoning).value_or(0);
    if (!input && !output) {
      const std::string_view details = raw(IngestField::usage_details);
      if (details.empty() || !read_usage_details(details, usage)) return;
    }
    // Input without what the cache gave: that is more than the whole then.
    const std::int64_t from_cache = usage.cached + usage.cache_write;
    if (from_cache > usage.input) usage.input += from_cache;
    if (usage.reasoning > usage.output) usage.output += usage.reasoning;
    out_.span.usage = usage;
    if (const std::string_view details = raw(IngestField::usage_details); !details.empty()) {
      use(IngestField::usage_details, details);
    }
  }

  // Disjoint buckets: the whole is their sum.
  static bool read_usage_details(std::string_view details, base::Usage& usage) {
    const auto count = [&](std::initializer_list<std::string_view> names) {
      for (const std::string_view each : names) {
        const auto value = member(details, each);
        if (const auto n = value ? whole(*value) : std::nullopt) return *n;
      }
      return std::int64_t{0};
    };
    usage.cached = count({"cache_read_input_tokens", "input_cached_tokens", "input_cache_read"});
    usage.cache_write = count({"cache_creation_input_tokens", "input_cache_creation"});
    usage.reasoning = count({"output_reasoning_tokens", "output_reasoning"});
    usage.input = count({"input", "prompt_tokens"}) + usage.cached + usage.cache_write;
    usage.output = count({"output", "completion_tokens"}) + usage.reasoning;
    return usage.input > 0 || usage.output > 0;
  }

  void read_cost() {
    if (const auto exact = take_count(IngestField::cost_picodollars)) {
      out_.reported_cost = *exact;
      return;
    }
    auto usd = number(raw(IngestField::cost_usd));
    if (!usd) usd = member(raw(IngestField::cost_details), "total");
    if (!usd || !(*usd >= 0 && *usd < 1e6)) return;
    out_.reported_cost = whole(*usd * static_cast<double>(base::kPicodollarsPerDollar));
  }

  void read_name() {
    Span& span = out_.span;
    std::string_view named;
    if (span.kind == SpanKind::tool) named = take(IngestField::tool_name);
    if (span.kind == SpanKind::agent) named = take(IngestField::agent_name);
    if (span.kind == SpanKind::workflow) named = take(IngestField::workflow_name);
    const bool has_entity = span.kind == SpanKind::tool || span.kind == SpanKind::agent ||
                            span.kind == SpanKind::workflow;
    if (named.empty() && has_entity) named = take(IngestField::entity_name);
    span.name = named.empty() ? from_.name : named;
  }

  void read_content() {
    Span& span = out_.span;
    span.input = take(IngestField::input);
    span.output = take(IngestField::output);
    if (span.input.empty()) span.input = from_events(from_, kInputEventKeys);
    if (span.output.empty()) span.output = from_events(from_, kOutputEventKeys);
    if (span.input.empty()) span.input = flat(kFlatInput);
    if (span.output.empty()) span.output = flat(kFlatOutput);
  }

  std::string_view flat(std::span<const std::string_view> prefixes) {
    std::string made = messages_from_flat(from_.attributes, prefixes, used_);
    return made.empty() ? std::string_view() : request_.keep(std::move(made));
  }

  void read_caller() {
    out_.user = take(IngestField::user);
    out_.session = take(IngestField::session);
    out_.workflow = take(IngestField::workflow);
    out_.release = take(IngestField::release);
  }

  void read_outcome() {
    Span& span = out_.span;
    const auto status = take_count(IngestField::http_status);
    if (status && *status > 0 && *status < 1000) {
      span.http_status = static_cast<std::uint16_t>(*status);
    }
    const std::string_view type = raw(IngestField::error_type);
    if (from_.status != otlp::StatusCode::error && type.empty()) return;
    span.error = error_of(type, span);
    if (base::row(*span.error).name == type) use(IngestField::error_type, type);
    span.error_message = from_.status_message;
    if (span.error_message.empty()) span.error_message = take(IngestField::error_message);
    if (span.error_message.empty()) span.error_message = exception_message(from_);
    use(IngestField::error_message, span.error_message);
    if (type.empty()) keep("error.type", from_events(from_, kExceptionTypeKeys));
  }

  static base::Errc error_of(std::string_view type, const Span& span) {
    for (std::size_t i = 0; i < base::kErrcCount; ++i) {
      const auto code = static_cast<base::Errc>(i);
      if (base::row(code).name == type) return code;
    }
    const std::string lower = base::to_lower(type);
    if (type == "429" || span.http_status == 429) return base::Errc::rate_limited;
    if (lower.find("timeout") != std::string::npos) return base::Errc::timeout_total;
    if (lower.find("cancel") != std::string::npos) return base::Errc::cancelled;
    return span.kind == SpanKind::llm ? base::Errc::upstream_status : base::Errc::internal;
  }

  void keep(std::string_view key, std::string_view value, bool is_json = false) {
    if (!value.empty()) out_.attributes.push_back({key, value, is_json});
  }

  // "execute_tool get_order": written so again on the way out.
  bool is_composed_of(std::string_view name) const {
    const ExchangeRecord none{.spans = {&out_.span, 1}};
    const std::string_view operation = operation_of(none, out_.span);
    return from_.name.size() == operation.size() + 1 + name.size() &&
           from_.name.starts_with(operation) && from_.name.ends_with(name);
  }

  void keep_rest() {
    const Span& span = out_.span;
    if (span.name != from_.name && !is_composed_of(span.name)) keep(kSpanNameKey, from_.name);
    if (from_.role != otlp::SpanRole::unspecified && from_.role != role_of(span.kind)) {
      keep(kSpanRoleKey, role_name(from_.role));
    }
    keep(kTraceStateKey, from_.trace_state);
    const otlp::Scope& scope = request_.scopes[from_.scope];
    keep(kScopeNameKey, scope.name);
    keep(kScopeVersionKey, scope.version);
    if (!from_.events.empty()) keep(kEventsKey, request_.keep(events_json(from_)), true);
    if (!from_.links.empty()) keep(kLinksKey, request_.keep(links_json(from_)), true);
    if (from_.dropped > 0) keep(kDroppedKey, request_.keep(std::to_string(from_.dropped)), true);
    const std::size_t ours = out_.attributes.size();
    for (std::size_t i = 0; i < from_.attributes.size(); ++i) {
      if (used_[i]) continue;
      Attribute kept = from_.attributes[i];
      if (is_ours(kept.key, ours)) kept.key = request_.keep("sender." + std::string(kept.key));
      out_.attributes.push_back(kept);
    }
  }

  // Whether one of the first `count` attributes, which are from us, has that key.
  bool is_ours(std::string_view key, std::size_t count) const {
    for (std::size_t i = 0; i < count; ++i) {
      if (out_.attributes[i].key == key) return true;
    }
    return false;
  }

  const DecodedSpan& from_;
  DecodedRequest& request_;
  std::array<Found, kIngestFieldCount> found_{};
  std::vector<bool> used_;  // by attribute: it need not be kept
  ReadSpan out_;
};

}  // namespace

ReadSpan read_span(const otlp::DecodedSpan& from, otlp::DecodedRequest& request) {
  return SpanReader(from, request).read();
}

}  // namespace headgate::telemetry
