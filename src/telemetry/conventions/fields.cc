#include "telemetry/conventions/fields.h"

#include <algorithm>
#include <ctime>

#include "base/json/cursor.h"
#include "base/json/writer.h"
#include "telemetry/content/messages.h"
#include "telemetry/conventions/names.h"
#include "telemetry/conventions/own_keys.h"

namespace headgate::telemetry {
namespace {

using otlp::OutAttribute;
using MaybeAttribute = std::optional<OutAttribute>;
using Type = OutAttribute::Type;

MaybeAttribute text(std::string_view value) {
  if (value.empty()) return std::nullopt;
  OutAttribute out;
  out.text = value;
  return out;
}

MaybeAttribute integer(std::int64_t value) {
  OutAttribute out;
  out.type = Type::integer;
  out.integer = value;
  return out;
}

MaybeAttribute nonzero(std::int64_t value) { return value != 0 ? integer(value) : std::nullopt; }

MaybeAttribute real(double value) {
  OutAttribute out;
  out.type = Type::real;
  out.real = value;
  return out;
}

MaybeAttribute yes(bool value) {
  if (!value) return std::nullopt;
  OutAttribute out;
  out.type = Type::boolean;
  out.boolean = true;
  return out;
}

MaybeAttribute json(otlp::OutBatch& batch, std::string value) {
  OutAttribute out;
  out.type = Type::json;
  out.text = batch.keep(std::move(value));
  return out;
}

MaybeAttribute made_text(otlp::OutBatch& batch, std::string value) {
  return text(batch.keep(std::move(value)));
}

double dollars(base::Picodollars amount) {
  return static_cast<double>(amount) / static_cast<double>(base::kPicodollarsPerDollar);
}

// Langfuse adds its buckets up, so each token stands in one of them.
std::string usage_details(const base::Usage& usage) {
  std::string out;
  base::json::Writer to(out);
  to.begin_object();
  to.member("input", std::max<std::int64_t>(usage.input - usage.cached - usage.cache_write, 0));
  if (usage.cached > 0) to.member("cache_read_input_tokens", usage.cached);
  if (usage.cache_write > 0) to.member("cache_creation_input_tokens", usage.cache_write);
  to.member("output", std::max<std::int64_t>(usage.output - usage.reasoning, 0));
  if (usage.reasoning > 0) to.member("output_reasoning_tokens", usage.reasoning);
  to.member("total", usage.input + usage.output);
  to.end_object();
  return out;
}

std::string cost_details(base::Picodollars cost) {
  return "{\"total\":" + base::format_dollars(cost).substr(1) + "}";
}

std::string rfc3339(std::int64_t unix_us) {
  const std::time_t seconds = unix_us / 1'000'000;
  std::tm utc{};
  if (unix_us < 0 || ::gmtime_r(&seconds, &utc) == nullptr) return {};
  char date[40];
  const std::size_t n = std::strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &utc);
  std::string micros = std::to_string(unix_us % 1'000'000);
  micros.insert(0, 6 - micros.size(), '0');
  return std::string(date, n) + "." + micros + "Z";
}

std::string_view mime_type(std::string_view content) {
  if (content.empty()) return {};
  const bool maybe = content.front() == '{' || content.front() == '[';
  return maybe && base::json::valid(content) ? "application/json" : "text/plain";
}

std::string array_of(std::string_view one) {
  std::string out;
  base::json::Writer to(out);
  to.begin_array();
  to.string(one);
  to.end_array();
  return out;
}

MaybeAttribute error_of(const Span& span) {
  if (const Attribute* kept = find_attribute(span, "error.type")) return text(kept->value);
  return span.error ? text(base::row(*span.error).name) : std::nullopt;
}

// Where a span has the sum of what is below it, or what was counted elsewhere, a collector gets it
// from there.
bool is_counted_elsewhere(const Span& span) {
  const Attribute* source = find_attribute(span, kCostSourceKey);
  return source != nullptr && (source->value == "gateway" || source->value == "below");
}

MaybeAttribute token_value(Field field, const SpanInRecord& of) {
  const auto& usage = of.span.usage;
  if (!usage || is_counted_elsewhere(of.span)) return std::nullopt;
  switch (field) {
    case Field::tokens_input: return integer(usage->input);
    case Field::tokens_output:
      if (of.operation == "embeddings") return std::nullopt;
      return integer(usage->output);
    case Field::tokens_total: return integer(usage->input + usage->output);
    case Field::tokens_cached: return nonzero(usage->cached);
    case Field::tokens_cache_write: return nonzero(usage->cache_write);
    case Field::tokens_reasoning: return nonzero(usage->reasoning);
    case Field::usage_details: return made_text(of.batch, usage_details(*usage));
    default: return std::nullopt;
  }
}

MaybeAttribute cost_value(Field field, const SpanInRecord& of) {
  const auto& cost = of.span.cost;
  if (!cost || is_counted_elsewhere(of.span)) return std::nullopt;
  switch (field) {
    case Field::cost_picodollars: return integer(*cost);
    case Field::cost_usd: return real(dollars(*cost));
    case Field::cost_details: return made_text(of.batch, cost_details(*cost));
    default: return std::nullopt;
  }
}

MaybeAttribute content_value(Field field, const SpanInRecord& of) {
  switch (field) {
    case Field::input: return text(of.input);
    case Field::output: return text(of.output);
    case Field::input_mime_type: return text(mime_type(of.input));
    case Field::output_mime_type: return text(mime_type(of.output));
    case Field::input_messages:
      if (of.input.empty()) return std::nullopt;
      return made_text(of.batch, input_messages(of.input));
    case Field::output_messages:
      if (of.output.empty()) return std::nullopt;
      return made_text(of.batch, output_messages(of.output, of.span.finish_reason));
    default: return std::nullopt;
  }
}

MaybeAttribute caller_value(Field field, const ExchangeRecord& record) {
  switch (field) {
    case Field::user: return text(record.user);
    case Field::session: return text(record.session);
    case Field::workflow: return text(record.workflow);
    case Field::release: return text(record.release);
    case Field::tenant: return text(record.tenant);
    case Field::tier: return text(record.tier);
    case Field::key_id: return text(record.key_id);
    case Field::route: return text(record.route);
    case Field::request_id: return text(record.request_id);
    default: return std::nullopt;
  }
}

MaybeAttribute call_value(Field field, const SpanInRecord& of) {
  const Span& span = of.span;
  switch (field) {
    case Field::provider: return text(convention_provider(span.provider));
    case Field::model_requested: return text(span.model_requested);
    case Field::model_served: return text(span.model_served);
    case Field::model:
      return text(span.model_served.empty() ? span.model_requested : span.model_served);
    case Field::response_id: return text(span.response_id);
    case Field::finish_reason: return text(span.finish_reason);
    case Field::finish_reasons:
      if (span.finish_reason.empty()) return std::nullopt;
      return json(of.batch, array_of(span.finish_reason));
    case Field::streamed: return yes(span.streamed);
    case Field::ttft_s:
      if (!span.ttft_us) return std::nullopt;
      return real(static_cast<double>(*span.ttft_us) / 1e6);
    case Field::first_token_time:
      if (!span.ttft_us) return std::nullopt;
      return made_text(of.batch, rfc3339(span.start_unix_us + *span.ttft_us));
    case Field::http_status: return nonzero(span.http_status);
    case Field::attempt: return nonzero(span.attempt);
    case Field::unpriced: return yes(span.unpriced && !is_counted_elsewhere(span));
    default: return std::nullopt;
  }
}

}  // namespace

std::optional<OutAttribute> value_of(Field field, const SpanInRecord& of) {
  const Span& span = of.span;
  switch (field) {
    case Field::kind: return text(name(span.kind));
    case Field::operation: return text(of.operation);
    case Field::name: return text(span.name);
    case Field::error: return error_of(span);
    case Field::error_level: return span.error ? text("ERROR") : std::nullopt;
    case Field::error_message: return text(span.error_message);
    case Field::langfuse_type: return text(langfuse_type(span.kind));
    case Field::openinference_kind: return text(openinference_kind(span.kind));
    default: break;
  }
  if (auto value = call_value(field, of)) return value;
  if (auto value = token_value(field, of)) return value;
  if (auto value = cost_value(field, of)) return value;
  if (auto value = content_value(field, of)) return value;
  return caller_value(field, of.record);
}

const Attribute* find_attribute(const Span& span, std::string_view key) {
  for (const Attribute& attribute : span.attributes) {
    if (attribute.key == key) return &attribute;
  }
  return nullptr;
}

std::string_view operation_of(const ExchangeRecord& record, const Span& span) {
  if (const Attribute* kept = find_attribute(span, "gen_ai.operation.name")) return kept->value;
  switch (span.kind) {
    case SpanKind::attempt: return record.spans.front().name;
    case SpanKind::llm: return "chat";
    case SpanKind::tool: return "execute_tool";
    case SpanKind::retrieval: return "retrieval";
    case SpanKind::agent: return "invoke_agent";
    case SpanKind::workflow: return "invoke_workflow";
    default: return {};
  }
}

}  // namespace headgate::telemetry
