// An expression over a call as it was recorded: what its SQL has to agree with, term for term. Slow
// and simple. For tests; nothing in the program asks it.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "base/errc.h"
#include "base/text/strings.h"
#include "storage/query/block.h"
#include "storage/query/fields.h"
#include "storage/text/words.h"
#include "telemetry/content/content_keys.h"
#include "telemetry/span.h"

namespace headgate::storage::query {

class Evaluator {
 public:
  explicit Evaluator(const telemetry::ExchangeRecord& record)
      : record_(record), head_(record.spans.front()) {}

  bool holds(const Expression& e) const {
    const auto each = [this](const Expression& one) { return holds(one); };
    switch (e.kind) {
      case Expression::Kind::all: return std::all_of(e.below.begin(), e.below.end(), each);
      case Expression::Kind::any: return std::any_of(e.below.begin(), e.below.end(), each);
      case Expression::Kind::no: return !holds(e.below.front());
      case Expression::Kind::comparison: return compare(e.comparison);
    }
    return false;
  }

 private:
  using Texts = std::vector<std::string_view>;
  using Number = std::optional<std::int64_t>;

  bool compare(const Comparison& c) const {
    switch (row(c.field).type) {
      case Type::words: return words(c);
      case Type::trace: return begins(c);
      case Type::error: return error(c.values.front());
      case Type::text: return text(c);
      default: return number(c);
    }
  }

  bool begins(const Comparison& c) const {
    const std::string id = record_.trace.hex();
    return std::any_of(c.values.begin(), c.values.end(),
                       [&](const Value& value) { return id.starts_with(value.text); });
  }

  bool error(const Value& value) const {
    if (value.text.empty()) return (value.number != 0) == head_.error.has_value();
    return head_.error && base::row(*head_.error).name == value.text;
  }

  bool words(const Comparison& c) const {
    text::PhraseMatcher matcher(text::phrase_of(c.values.front().text));
    for (const telemetry::Span& span : record_.spans) {
      if (c.field != Field::output && matcher.matches(span.input)) return true;
      if (c.field != Field::input && matcher.matches(span.output)) return true;
    }
    return false;
  }

  bool text(const Comparison& c) const {
    for (const std::string_view text : texts(c)) {
      for (const Value& value : c.values) {
        const std::string small = base::to_lower(text);
        const bool contains = small.find(base::to_lower(value.text)) != std::string::npos;
        if (c.op == Op::contains ? contains : text == value.text) return true;
      }
    }
    return false;
  }

  Texts texts(const Comparison& c) const {
    Texts out;
    for (const telemetry::Span& span : record_.spans) {
      using telemetry::SpanKind;
      switch (c.field) {
        case Field::provider: out.push_back(span.provider); break;
        case Field::kind: out.push_back(telemetry::name(span.kind)); break;
        case Field::tool:
          if (span.kind == SpanKind::tool) out.push_back(tool_name(span.name));
          break;
        case Field::agent:
          if (telemetry::name(span.kind) == "agent") {
            out.push_back(agent_name(span.name));
          }
          break;
        case Field::attribute: out.push_back(attribute(span, c.attribute)); break;
        default: return of_head(c.field);
      }
    }
    return out;
  }

  static std::string_view attribute(const telemetry::Span& span, std::string_view key) {
    if (telemetry::is_content_key(key)) return {};
    for (const auto& attribute : span.attributes) {
      if (attribute.key == key) return attribute.value;
    }
    return {};
  }

  Texts of_head(Field field) const {
    switch (field) {
      case Field::request: return {record_.request_id};
      case Field::user: return {record_.user};
      case Field::session: return {record_.session};
      case Field::workflow: return {record_.workflow};
      case Field::tenant: return {record_.tenant};
      case Field::tier: return {record_.tier};
      case Field::key: return {record_.key_id};
      case Field::route: return {record_.route};
      case Field::release: return {record_.release};
      case Field::name: return {head_.name};
      case Field::error_message: return {head_.error_message};
      case Field::finish: return {head_.finish_reason};
      case Field::response: return {head_.response_id};
      case Field::model: return {head_.model_requested, head_.model_served};
      default: return {};
    }
  }

  bool number(const Comparison& c) const {
    const Number of = number_of(c.field);
    if (!of) return false;
    return std::any_of(c.values.begin(), c.values.end(), [&](const Value& value) {
      switch (c.op) {
        case Op::lt: return *of < value.number;
        case Op::le: return *of <= value.number;
        case Op::gt: return *of > value.number;
        case Op::ge: return *of >= value.number;
        default: return *of == value.number;
      }
    });
  }

  Number tokens(std::int64_t base::Usage::*member) const {
    return head_.usage ? Number((*head_.usage).*member) : Number();
  }

  Number number_of(Field field) const {
    switch (field) {
      case Field::streamed: return head_.streamed;
      case Field::unpriced: return head_.unpriced;
      case Field::cost: return head_.cost;
      case Field::latency: return head_.duration_us;
      case Field::ttft: return head_.ttft_us;
      case Field::time: return head_.start_unix_us;
      case Field::http: return head_.http_status != 0 ? Number(head_.http_status) : Number();
      case Field::tokens:
        return head_.usage ? Number(head_.usage->input + head_.usage->output) : Number();
      case Field::tokens_input: return tokens(&base::Usage::input);
      case Field::tokens_output: return tokens(&base::Usage::output);
      case Field::tokens_cached: return tokens(&base::Usage::cached);
      case Field::tokens_cache_write: return tokens(&base::Usage::cache_write);
      case Field::tokens_reasoning: return tokens(&base::Usage::reasoning);
      case Field::spans: return static_cast<std::int64_t>(record_.spans.size());
      case Field::attempts:
        return std::count_if(record_.spans.begin(), record_.spans.end(), [](const auto& span) {
          return span.kind == telemetry::SpanKind::attempt;
        });
      default: return std::nullopt;
    }
  }

  const telemetry::ExchangeRecord& record_;
  const telemetry::Span& head_;
};

}  // namespace headgate::storage::query
