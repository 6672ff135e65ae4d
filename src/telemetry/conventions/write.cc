#include "telemetry/conventions/write.h"

#include <algorithm>

#include "telemetry/content/content_keys.h"
#include "telemetry/conventions/export_table.h"
#include "telemetry/conventions/fields.h"
#include "telemetry/conventions/names.h"
#include "telemetry/conventions/own_keys.h"

namespace headgate::telemetry {
namespace {

using otlp::OutAttribute;
using otlp::OutResource;
using otlp::OutSpan;

OutAttribute attribute_of(std::string_view key, const Attribute& from) {
  OutAttribute out;
  out.key = key;
  out.type = from.is_json ? OutAttribute::Type::json : OutAttribute::Type::text;
  out.text = from.value;
  return out;
}

bool same(const OutAttribute& a, const OutAttribute& b) {
  return a.key == b.key && a.type == b.type && a.text == b.text;
}

// The attempt that the caller's answer came from: the last, as far as is known.
const Span* answering_attempt(const ExchangeRecord& record) {
  const Span* last = nullptr;
  for (const Span& span : record.spans) {
    if (span.kind == SpanKind::attempt && (last == nullptr || span.attempt >= last->attempt)) {
      last = &span;
    }
  }
  return last;
}

std::uint64_t unix_ns(std::int64_t unix_us) {
  constexpr std::int64_t kMax = INT64_MAX / 1000;
  return static_cast<std::uint64_t>(std::clamp<std::int64_t>(unix_us, 0, kMax)) * 1000;
}

bool has(const OutSpan& span, std::string_view key) {
  return std::any_of(span.attributes.begin(), span.attributes.end(),
                     [&](const OutAttribute& a) { return a.key == key; });
}

bool is_ours(std::string_view key) {
  return std::any_of(export_table().begin(), export_table().end(), [&](const ExportRow& row) {
    return row.key == key && key.starts_with("headgate.");
  });
}

// What stands elsewhere in an OTLP span, and what is for us alone to say.
bool is_structural(std::string_view key) {
  return key == kSpanRoleKey || key == kTraceStateKey || key.starts_with(kResourcePrefix) ||
         is_ours(key);
}

otlp::SpanRole role_for(const Span& span) {
  const Attribute* kept = find_attribute(span, kSpanRoleKey);
  const auto role = kept == nullptr ? std::nullopt : role_named(kept->value);
  return role.value_or(role_of(span.kind));
}

}  // namespace

BatchWriter::BatchWriter(const WriteOptions& options) : options_(options) {
  batch_.schema_url = schema_url(options.profile);
}

OutResource& BatchWriter::resource_of(const ExchangeRecord& record) {
  OutResource made;
  made.scope_name = "headgate";
  made.scope_version = options_.version;
  for (const Attribute& attribute : record.spans.front().attributes) {
    if (!attribute.key.starts_with(kResourcePrefix)) continue;
    made.attributes.push_back(
        attribute_of(attribute.key.substr(kResourcePrefix.size()), attribute));
  }
  const bool is_ours = made.attributes.empty();
  for (const auto& [key, value] : options_.resource) {
    if (!is_ours) break;
    OutAttribute& attribute = made.attributes.emplace_back();
    attribute.key = key;
    attribute.text = value;
  }
  for (OutResource& each : batch_.resources) {
    if (std::equal(each.attributes.begin(), each.attributes.end(), made.attributes.begin(),
                   made.attributes.end(), same)) {
      return each;
    }
  }
  return batch_.resources.emplace_back(std::move(made));
}

void BatchWriter::add(const ExchangeRecord& record) {
  OutResource& resource = resource_of(record);
  for (const Span& span : record.spans) add_span(record, span, resource.spans);
  spans_ += record.spans.size();
}

void BatchWriter::add_span(const ExchangeRecord& record, const Span& span,
                           std::vector<OutSpan>& to) {
  OutSpan& out = to.emplace_back();
  out.trace = record.trace;
  out.id = span.id;
  out.parent = span.parent;
  out.name = name_of(span, operation_of(record, span));
  out.role = role_for(span);
  if (const Attribute* state = find_attribute(span, kTraceStateKey)) out.trace_state = state->value;
  out.start_unix_ns = unix_ns(span.start_unix_us);
  out.end_unix_ns = std::max(unix_ns(end_unix_us(span)), out.start_unix_ns);
  if (span.error) {
    out.status = otlp::StatusCode::error;
    out.status_message = span.error_message;
  }
  add_kept(span, out);
  add_attributes(record, span, out);
}

void BatchWriter::add_attributes(const ExchangeRecord& record, const Span& span, OutSpan& to) {
  const bool answered = &span == answering_attempt(record);
  const Span& talked = answered ? record.spans.front() : span;
  SpanInRecord of{record, span, operation_of(record, span), {}, {}, batch_};
  if (options_.content) {
    of.input = talked.input;
    of.output = talked.output;
  }
  for (const ExportRow& row : export_table()) {
    const bool wanted = (row.kinds & set_of(span.kind)) != 0 &&
                        (row.profiles & set_of(options_.profile)) != 0 && !has(to, row.key);
    if (!wanted) continue;
    auto value = value_of(row.field, of);
    if (!value) continue;
    value->key = row.key;
    to.attributes.push_back(*value);
  }
}

void BatchWriter::add_kept(const Span& span, OutSpan& to) {
  for (const Attribute& attribute : span.attributes) {
    if (is_structural(attribute.key)) continue;
    if (!options_.content && is_content_key(attribute.key)) continue;
    if (attribute.is_json && (attribute.key == kEventsKey || attribute.key == kLinksKey)) {
      (attribute.key == kEventsKey ? to.events : to.links) = attribute.value;
      continue;
    }
    const std::string_view key = renamed(attribute.key, span.kind, options_.profile);
    to.attributes.push_back(attribute_of(key, attribute));
  }
  if (span.kind != SpanKind::llm || span.name == to.name || span.name.empty()) return;
  if (!has(to, kSpanNameKey)) to.attributes.push_back(attribute_of(kSpanNameKey, {{}, span.name}));
}

std::string_view BatchWriter::name_of(const Span& span, std::string_view operation) {
  if (operation.empty()) return span.name;
  const bool is_call = span.kind == SpanKind::attempt || span.kind == SpanKind::llm;
  const Attribute* source = find_attribute(span, "gen_ai.data_source.id");
  const std::string_view target = is_call             ? span.model_requested
                                  : source == nullptr ? span.name
                                                      : source->value;
  const bool is_composed = span.name.starts_with(operation) && span.kind != SpanKind::tool;
  if (target.empty() || (!is_call && is_composed)) return span.name.empty() ? operation : span.name;
  return batch_.keep(std::string(operation) + " " + std::string(target));
}

}  // namespace headgate::telemetry
