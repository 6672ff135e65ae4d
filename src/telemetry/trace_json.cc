#include <optional>

#include "base/json/cursor.h"
#include "base/text/strings.h"
#include "telemetry/trace_text.h"

namespace headgate::telemetry {
namespace {

// Members of one JSON object; what is not there is left out.
class Object {
 public:
  explicit Object(std::string& out) : out_(out) { out_ += '{'; }
  ~Object() { out_ += '}'; }
  Object(const Object&) = delete;
  Object& operator=(const Object&) = delete;

  std::string& key(std::string_view name) {
    if (!first_) out_ += ',';
    first_ = false;
    base::append_json_string(out_, name);
    return out_ += ':';
  }
  void put(std::string_view name, std::string_view value) {
    if (!value.empty()) base::append_json_string(key(name), value);
  }
  void put(std::string_view name, std::int64_t value) { key(name) += std::to_string(value); }
  void put(std::string_view name, const std::optional<std::int64_t>& value) {
    if (value) put(name, *value);
  }
  void put_nonzero(std::string_view name, std::int64_t value) {
    if (value != 0) put(name, value);
  }
  void put_bool(std::string_view name, bool value) { key(name) += value ? "true" : "false"; }

 private:
  std::string& out_;
  bool first_ = true;
};

void append_usage(std::string& out, const base::Usage& usage) {
  Object object(out);
  object.put("input", usage.input);
  object.put("cached", usage.cached);
  object.put("cache_write", usage.cache_write);
  object.put("output", usage.output);
  object.put("reasoning", usage.reasoning);
}

void append_attributes(std::string& out, std::span<const Attribute> attributes) {
  Object object(out);
  for (const Attribute& attribute : attributes) {
    std::string& value = object.key(attribute.key);
    if (attribute.is_json && base::json::valid(attribute.value)) {
      value += attribute.value;
    } else {
      base::append_json_string(value, attribute.value);
    }
  }
}

void append_sampled(std::string& out, const Sampled& sampled) {
  Object object(out);
  object.key("probability") += format_probability(sampled.ppm);
  object.put("reason", sampled.reason);
}

void append_span(std::string& out, const Span& span) {
  Object object(out);
  object.put("span_id", span.id.hex());
  if (!span.parent.empty()) object.put("parent_id", span.parent.hex());
  object.put("kind", name(span.kind));
  object.put("name", span.name);
  object.put("start_unix_us", span.start_unix_us);
  object.put("duration_us", span.duration_us);
  object.put("ttft_us", span.ttft_us);
  object.put("status", span.error ? "error" : "ok");
  if (span.error) object.put("error", base::row(*span.error).name);
  object.put("error_message", span.error_message);
  object.put_nonzero("http_status", span.http_status);
  object.put_nonzero("attempt", span.attempt);
  object.put_bool("streamed", span.streamed);
  object.put("provider", span.provider);
  object.put("model_requested", span.model_requested);
  object.put("model_served", span.model_served);
  object.put("response_id", span.response_id);
  object.put("finish_reason", span.finish_reason);
  if (span.usage) append_usage(object.key("usage"), *span.usage);
  object.put("cost_picodollars", span.cost);
  object.put_bool("unpriced", span.unpriced);
  object.put("input", span.input);
  object.put_nonzero("input_cut_bytes", span.input_cut_bytes);
  object.put("output", span.output);
  object.put_nonzero("output_cut_bytes", span.output_cut_bytes);
  if (!span.attributes.empty()) append_attributes(object.key("attributes"), span.attributes);
}

}  // namespace

void append_json(std::string& out, const ExchangeRecord& record) {
  Object object(out);
  object.put("trace_id", record.trace.hex());
  object.put("request_id", record.request_id);
  object.put("user", record.user);
  object.put("session", record.session);
  object.put("workflow", record.workflow);
  object.put("tenant", record.tenant);
  object.put("tier", record.tier);
  object.put("key_id", record.key_id);
  object.put("route", record.route);
  object.put("release", record.release);
  if (!record.sampled.reason.empty()) append_sampled(object.key("sampling"), record.sampled);
  std::string& spans = object.key("spans");
  spans += '[';
  for (const Span& span : record.spans) {
    if (&span != &record.spans.front()) spans += ',';
    append_span(spans, span);
  }
  spans += ']';
}

}  // namespace headgate::telemetry
