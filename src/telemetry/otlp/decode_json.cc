#include "telemetry/otlp/decode_json.h"

#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

#include "base/json/cursor.h"
#include "base/json/writer.h"
#include "telemetry/otlp/collect.h"
#include "telemetry/otlp/fields.h"

namespace headgate::telemetry::otlp {
namespace {

using base::json::Cursor;
using base::json::Kind;
using base::json::Text;

template <class Number>
std::optional<Number> parse(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// Also "1.7e18": some senders have no other numbers than doubles.
template <class Number>
std::optional<Number> parse_integer(std::string_view text) {
  if (const auto value = parse<Number>(text)) return value;
  const auto real = parse<double>(text);
  const bool fits = real && *real == std::floor(*real) &&
                    *real >= static_cast<double>(std::numeric_limits<Number>::min()) &&
                    *real < static_cast<double>(std::numeric_limits<Number>::max());
  return fits ? std::optional<Number>(static_cast<Number>(*real)) : std::nullopt;
}

std::optional<double> parse_double(std::string_view text) {
  if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
  if (text == "Infinity") return std::numeric_limits<double>::infinity();
  if (text == "-Infinity") return -std::numeric_limits<double>::infinity();
  return parse<double>(text);
}

class Decoder {
 public:
  Decoder(std::string_view bytes, DecodedRequest& out, const DecodeLimits& limits)
      : in_(bytes, Cursor::kDepthMax), collect_(out, limits) {}

  base::Result<void> request() {
    if (in_.kind() == Kind::object) {
      each_member([&](std::string_view key) {
        if (key == "resourceSpans") each_object([&] { resource_spans(); });
      });
    } else {
      in_.skip();
      if (in_.ok()) in_.reject("an object");
    }
    if (!in_.finish()) return in_.error();
    if (!wrong_ && !wrong_outside_) return {};
    return base::fail(base::Errc::invalid_request,
                      "the body is no ExportTraceServiceRequest in OTLP/JSON: resourceSpans,"
                      " scopeSpans, spans and what is around them have other types there");
  }

 private:
  // What is next, if it is not null and of that kind; else it is passed over.
  bool is(Kind kind) {
    if (in_.kind() == kind) return true;
    if (in_.kind() != Kind::null) wrong_ = true;
    return false;
  }
  template <class Read>
  void each_member(Read read) {
    if (!is(Kind::object)) return;
    in_.enter_object();
    for (std::string_view key; in_.next_key(key);) read(key);
  }
  template <class Read>
  void each_element(Read read) {
    if (!is(Kind::array)) return;
    in_.enter_array();
    while (in_.next_element()) read();
  }
  template <class Read>
  void each_object(Read read) {
    each_element([&] {
      if (is(Kind::object)) read();
    });
  }

  std::string_view string() {
    Text value;
    if (!is(Kind::string) || !in_.string(value)) return {};
    return value.escaped ? collect_.out().keep(value.decode()) : value.raw;
  }
  // A number, or a string that holds one.
  std::string_view number_text() {
    const Kind kind = in_.kind();
    if (kind == Kind::string) return string();
    if (!is(Kind::number) || !in_.skip()) return {};
    return in_.value_text();
  }
  template <class Number>
  Number number() {
    if (in_.kind() == Kind::null) return {};
    const auto value = parse_integer<Number>(number_text());
    if (!value) wrong_ = true;
    return value.value_or(Number{});
  }
  template <std::size_t N>
  base::Id<N> id() {
    const std::string_view hex = string();
    if (hex.size() != 2 * N) return {};
    return base::Id<N>::from_hex(base::to_lower(hex)).value_or(base::Id<N>{});
  }

  // A resource's spans may stand before it.
  void resource_spans() {
    auto& resources = collect_.out().resources;
    const std::size_t spans_before = collect_.out().spans.size();
    std::uint64_t dropped = 0;
    AttributeList list(resources.emplace_back().attributes, dropped);
    each_member([&](std::string_view key) {
      if (key == "resource") {
        each_member([&](std::string_view name) {
          if (name == "attributes") attributes(list);
        });
      } else if (key == "scopeSpans") {
        each_object([&] { scope_spans(); });
      }
    });
    if (collect_.out().spans.size() == spans_before) resources.pop_back();
  }

  void scope_spans() {
    auto& scopes = collect_.out().scopes;
    const std::size_t spans_before = collect_.out().spans.size();
    scopes.emplace_back();
    each_member([&](std::string_view key) {
      if (key == "scope") {
        each_member([&](std::string_view name) {
          if (name == "name") scopes.back().name = string();
          if (name == "version") scopes.back().version = string();
        });
      } else if (key == "spans") {
        each_element([&] {
          if (collect_.has_room()) add_span();
        });
      }
    });
    if (collect_.out().spans.size() == spans_before) scopes.pop_back();
  }

  void add_span() {
    DecodedSpan span;
    span.resource = collect_.out().resources.size() - 1;
    span.scope = collect_.out().scopes.size() - 1;
    wrong_outside_ = wrong_outside_ || wrong_;
    wrong_ = false;
    AttributeList list(span.attributes, span.dropped);
    each_member([&](std::string_view key) { member_of_span(key, span, list); });
    if (wrong_) {
      collect_.out().reject("a span with a member of the wrong type");
      wrong_ = false;
    } else if (in_.ok()) {
      collect_.add(std::move(span));
    }
  }

  void member_of_span(std::string_view key, DecodedSpan& span, AttributeList& list) {
    if (key == "traceId") {
      span.trace = id<16>();
    } else if (key == "spanId") {
      span.id = id<8>();
    } else if (key == "parentSpanId") {
      span.parent = id<8>();
    } else if (key == "name") {
      span.name = string();
    } else if (key == "traceState") {
      span.trace_state = string();
    } else if (key == "kind") {
      span.role = role_of(number<std::int64_t>());
    } else if (key == "startTimeUnixNano") {
      span.start_unix_ns = number<std::uint64_t>();
    } else if (key == "endTimeUnixNano") {
      span.end_unix_ns = number<std::uint64_t>();
    } else {
      rest_of_span(key, span, list);
    }
  }

  void rest_of_span(std::string_view key, DecodedSpan& span, AttributeList& list) {
    if (key == "attributes") {
      attributes(list);
    } else if (key == "events") {
      each_object([&] { event(span); });
    } else if (key == "links") {
      each_object([&] { link(span); });
    } else if (key == "status") {
      each_member([&](std::string_view name) {
        if (name == "message") span.status_message = string();
        if (name == "code") span.status = status_of(number<std::int64_t>());
      });
    } else if (key == "droppedAttributesCount" || key == "droppedEventsCount" ||
               key == "droppedLinksCount") {
      span.dropped += number<std::uint32_t>();
    }
  }

  void event(DecodedSpan& span) {
    if (span.events.size() >= collect_.limits().events_max) {
      ++span.dropped;
      return;
    }
    Event& event = span.events.emplace_back();
    AttributeList list(event.attributes, span.dropped);
    each_member([&](std::string_view key) {
      if (key == "timeUnixNano") event.time_unix_ns = number<std::uint64_t>();
      if (key == "name") event.name = string();
      if (key == "attributes") attributes(list);
    });
  }

  void link(DecodedSpan& span) {
    if (span.links.size() >= collect_.limits().links_max) {
      ++span.dropped;
      return;
    }
    Link& link = span.links.emplace_back();
    AttributeList list(link.attributes, span.dropped);
    each_member([&](std::string_view key) {
      if (key == "traceId") link.trace = id<16>();
      if (key == "spanId") link.span = id<8>();
      if (key == "attributes") attributes(list);
    });
  }

  void attributes(AttributeList& to) {
    each_object([&] { attribute(to); });
  }

  void attribute(AttributeList& to) {
    if (!to.has_room(collect_.limits())) return;
    Attribute attribute;
    bool taken = true;
    each_member([&](std::string_view key) {
      if (key == "key") attribute.key = string();
      if (key == "value") taken = value_of(attribute);
    });
    if (taken && in_.ok()) {
      to.add(attribute, collect_.limits());
    } else {
      to.drop();
    }
  }

  // An AnyValue, of which the last member counts. False: nested too deep.
  bool value_of(Attribute& attribute) {
    bool shallow = true;
    std::string json;
    each_member([&](std::string_view key) {
      json.clear();
      if (key == "stringValue") {
        attribute.value = string();  // most are, and used in place
      } else {
        shallow = append_member(json, key, collect_.limits().depth_max) && shallow;
      }
    });
    if (!json.empty()) keep_json(std::move(json), attribute, collect_.out());
    return shallow;
  }

  bool append_value(std::string& out, std::size_t depth_left) {
    const std::size_t begin = out.size();
    bool shallow = true;
    each_member([&](std::string_view key) {
      out.resize(begin);
      shallow = append_member(out, key, depth_left) && shallow;
    });
    if (out.size() == begin) out += "null";
    return shallow;
  }

  bool append_member(std::string& out, std::string_view key, std::size_t depth_left) {
    if (key == "stringValue" || key == "bytesValue") {
      base::append_json_string(out, string());
    } else if (key == "boolValue") {
      bool value = false;
      if (is(Kind::boolean) && in_.boolean(value)) out += value ? "true" : "false";
    } else if (key == "intValue") {
      out += std::to_string(number<std::int64_t>());
    } else if (key == "doubleValue") {
      const auto value = parse_double(number_text());
      if (!value) wrong_ = true;
      append_json_double(out, value.value_or(0));
    } else if (key == "arrayValue") {
      return append_array(out, depth_left);
    } else if (key == "kvlistValue") {
      return append_map(out, depth_left);
    }
    return true;
  }

  bool append_array(std::string& out, std::size_t depth_left) {
    if (depth_left == 0) return false;
    bool shallow = true;
    out += '[';
    each_member([&](std::string_view name) {
      if (name != "values") return;
      each_object([&] {
        if (out.back() != '[') out += ',';
        shallow = append_value(out, depth_left - 1) && shallow;
      });
    });
    out += ']';
    return shallow;
  }

  bool append_map(std::string& out, std::size_t depth_left) {
    if (depth_left == 0) return false;
    bool shallow = true;
    out += '{';
    each_member([&](std::string_view name) {
      if (name != "values") return;
      each_object([&] {
        if (out.back() != '{') out += ',';
        shallow = append_pair(out, depth_left - 1) && shallow;
      });
    });
    out += '}';
    return shallow;
  }

  bool append_pair(std::string& out, std::size_t depth_left) {
    bool shallow = true;
    std::string value = "null";
    std::string_view key;
    each_member([&](std::string_view name) {
      if (name == "key") key = string();
      if (name != "value") return;
      value.clear();
      shallow = append_value(value, depth_left) && shallow;
    });
    base::append_json_string(out, key);
    out += ':';
    out += value;
    return shallow;
  }

  Cursor in_;
  Collector collect_;
  bool wrong_ = false;          // a member was not of its type
  bool wrong_outside_ = false;  // likewise, of what is around the spans
};

}  // namespace

base::Result<DecodedRequest> decode_json(std::string_view bytes, const DecodeLimits& limits) {
  DecodedRequest out;
  const auto read = Decoder(bytes, out, limits).request();
  if (!read) return read.error();
  return out;
}

}  // namespace headgate::telemetry::otlp
