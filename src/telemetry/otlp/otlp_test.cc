#include <gtest/gtest.h>
#include <protozero/pbf_writer.hpp>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <deque>
#include <string>
#include <vector>

#include "base/text/utf8.h"
#include "telemetry/otlp/decode_json.h"
#include "telemetry/otlp/decode_protobuf.h"
#include "telemetry/otlp/encode_json.h"
#include "telemetry/otlp/encode_protobuf.h"
#include "telemetry/otlp/fields.h"
#include "telemetry/otlp/response.h"

namespace headgate::telemetry::otlp {
namespace {

using base::SpanId;
using base::TraceId;

const TraceId kTrace = *TraceId::from_hex("0af7651916cd43dd8448eb211c80319c");
const SpanId kSpan = *SpanId::from_hex("b7ad6b7169203331");

std::string trace_bytes() { return {kTrace.bytes.begin(), kTrace.bytes.end()}; }
std::string span_bytes() { return {kSpan.bytes.begin(), kSpan.bytes.end()}; }

void expect_equal(const std::vector<Attribute>& a, const std::vector<OutAttribute>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].key, b[i].key);
    switch (b[i].type) {
      case OutAttribute::Type::text:
      case OutAttribute::Type::json: EXPECT_EQ(a[i].value, b[i].text); break;
      case OutAttribute::Type::integer: EXPECT_EQ(a[i].value, std::to_string(b[i].integer)); break;
      case OutAttribute::Type::boolean:
        EXPECT_EQ(a[i].value, b[i].boolean ? "true" : "false");
        break;
      case OutAttribute::Type::real:
        EXPECT_EQ(std::stod(std::string(a[i].value)), b[i].real);
        break;
    }
    EXPECT_EQ(a[i].is_json, b[i].type != OutAttribute::Type::text);
  }
}

void expect_equal(const DecodedRequest& read, const OutBatch& written) {
  std::size_t next = 0;
  EXPECT_EQ(read.rejected, 0u);
  for (const OutResource& resource : written.resources) {
    for (const OutSpan& out : resource.spans) {
      ASSERT_LT(next, read.spans.size());
      const DecodedSpan& in = read.spans[next++];
      EXPECT_EQ(in.trace, out.trace);
      EXPECT_EQ(in.id, out.id);
      EXPECT_EQ(in.parent, out.parent);
      EXPECT_EQ(in.name, out.name);
      EXPECT_EQ(in.role, out.role);
      EXPECT_EQ(in.status, out.status);
      EXPECT_EQ(in.status_message, out.status_message);
      EXPECT_EQ(in.start_unix_ns, out.start_unix_ns);
      EXPECT_EQ(in.end_unix_ns, out.end_unix_ns);
      EXPECT_EQ(in.dropped, 0u);
      expect_equal(in.attributes, out.attributes);
      EXPECT_EQ(in.events.size(), out.events.empty() ? 0u : 2u);
      EXPECT_EQ(in.links.size(), out.links.empty() ? 0u : 1u);
      if (!out.events.empty()) {
        EXPECT_EQ(in.events[0].time_unix_ns, 17u);
        EXPECT_EQ(in.events[1].name, "second");
        const std::vector<Attribute> expected{{"a", "1", true}, {"b", "[true]", true}};
        EXPECT_EQ(in.events[1].attributes, expected);
      }
      if (!out.links.empty()) {
        EXPECT_EQ(in.links[0].trace, kTrace);
        EXPECT_EQ(in.links[0].span, kSpan);
      }
      expect_equal(read.resources[in.resource].attributes, resource.attributes);
      EXPECT_EQ(read.scopes[in.scope].name, resource.scope_name);
    }
  }
  EXPECT_EQ(next, read.spans.size());
}

// A batch of anything that OTLP can say, with the memory behind it.
class AnyBatch {
 public:
  AnyBatch() {
    for (int i = 0, n = *rc::gen::inRange(1, 3); i < n; ++i) {
      OutResource& resource = batch_.resources.emplace_back();
      resource.attributes = attributes();
      resource.scope_name = text();
      for (int j = 0, m = *rc::gen::inRange(1, 4); j < m; ++j) resource.spans.push_back(span());
    }
  }
  const OutBatch& batch() const { return batch_; }

 private:
  std::string_view text() {
    return batch_.keep(base::valid_utf8(*rc::gen::arbitrary<std::string>()));
  }
  template <class Id>
  static Id id() {
    base::SeededRandom random(*rc::gen::arbitrary<std::uint64_t>());
    return Id::random(random);
  }
  OutAttribute attribute(std::size_t index) {
    OutAttribute out;
    out.key = batch_.keep("key." + std::to_string(index));
    out.type = *rc::gen::element(OutAttribute::Type::text, OutAttribute::Type::integer,
                                 OutAttribute::Type::real, OutAttribute::Type::boolean,
                                 OutAttribute::Type::json);
    out.integer = *rc::gen::arbitrary<std::int64_t>();
    out.real = *rc::gen::arbitrary<double>();
    out.boolean = *rc::gen::arbitrary<bool>();
    out.text = text();
    if (out.type == OutAttribute::Type::json) {
      out.text = *rc::gen::element<std::string_view>(
          "[1,2.5,\"three\",true,null]", R"({"a":{"b":[{}]},"c":""})", "-9223372036854775808",
          "1.0", "false", "[]", "{}");
    }
    return out;
  }
  std::vector<OutAttribute> attributes() {
    std::vector<OutAttribute> out;
    for (int i = 0, n = *rc::gen::inRange(0, 5); i < n; ++i) out.push_back(attribute(out.size()));
    return out;
  }
  OutSpan span() {
    OutSpan out;
    out.trace = id<TraceId>();
    out.id = id<SpanId>();
    if (*rc::gen::arbitrary<bool>()) out.parent = id<SpanId>();
    if (out.parent == out.id) out.parent = {};
    out.name = text();
    out.role = static_cast<SpanRole>(*rc::gen::inRange(0, 6));
    out.status = static_cast<StatusCode>(*rc::gen::inRange(0, 3));
    out.status_message = text();
    out.start_unix_ns = *rc::gen::arbitrary<std::uint64_t>();
    out.end_unix_ns = *rc::gen::arbitrary<std::uint64_t>();
    out.attributes = attributes();
    if (*rc::gen::arbitrary<bool>()) {
      out.events = R"([{"time_unix_nano":"17","name":"first"},)"
                   R"({"name":"second","attributes":{"a":1,"b":[true]}}])";
    }
    if (*rc::gen::arbitrary<bool>()) {
      out.links =
          R"([{"trace_id":"0af7651916cd43dd8448eb211c80319c","span_id":"b7ad6b7169203331"}])";
    }
    return out;
  }

  OutBatch batch_;
};

RC_GTEST_PROP(Otlp, protobuf_reads_what_was_written, ()) {
  const AnyBatch any;
  const std::string bytes = encode_protobuf(any.batch());
  const auto read = decode_protobuf(bytes, {});
  RC_ASSERT(read.has_value());
  expect_equal(*read, any.batch());
}

RC_GTEST_PROP(Otlp, json_reads_what_was_written, ()) {
  const AnyBatch any;
  const std::string bytes = encode_json(any.batch());
  const auto read = decode_json(bytes, {});
  RC_ASSERT(read.has_value());
  expect_equal(*read, any.batch());
}

// Short lists and long ones: of each key the first counts, and all of them count for the limit.
RC_GTEST_PROP(Otlp, of_the_first_attributes_each_key_is_taken_once, ()) {
  DecodeLimits limits;
  limits.attributes_max = *rc::gen::inRange<std::size_t>(1, 150);
  OutBatch batch;
  OutSpan span;
  span.trace = kTrace;
  span.id = kSpan;
  std::vector<Attribute> expected;
  const int count = *rc::gen::inRange(0, 200);
  for (int i = 0; i < count; ++i) {
    OutAttribute& out = span.attributes.emplace_back();
    out.key = batch.keep(std::to_string(*rc::gen::inRange(0, 120)));
    out.type = OutAttribute::Type::text;
    out.text = batch.keep(std::to_string(i));
    const bool is_known =
        std::any_of(expected.begin(), expected.end(),
                    [&](const Attribute& attribute) { return attribute.key == out.key; });
    const bool fits = static_cast<std::size_t>(i) < limits.attributes_max;
    if (fits && !is_known) expected.push_back({out.key, out.text});
  }
  batch.resources.emplace_back().spans.push_back(span);
  const std::string protobuf = encode_protobuf(batch);
  const std::string json = encode_json(batch);
  for (const auto& read : {decode_protobuf(protobuf, limits), decode_json(json, limits)}) {
    RC_ASSERT(read.has_value());
    RC_ASSERT(read->spans.at(0).attributes == expected);
    RC_ASSERT(read->spans.at(0).dropped == span.attributes.size() - expected.size());
  }
}

RC_GTEST_PROP(Otlp, no_truncation_of_protobuf_is_taken_for_more_than_it_has, ()) {
  const AnyBatch any;
  const std::string bytes = encode_protobuf(any.batch());
  const auto shorter = *rc::gen::inRange<std::size_t>(0, bytes.size());
  const auto whole = decode_protobuf(bytes, {});
  const auto read = decode_protobuf(std::string_view(bytes).substr(0, shorter), {});
  const bool less = !read || read->spans.size() < whole->spans.size();
  RC_ASSERT(less);
}

DecodedRequest from_json(std::string text, const DecodeLimits& limits = {}) {
  static std::deque<std::string> kept;  // what the views point into
  auto read = decode_json(kept.emplace_back(std::move(text)), limits);
  EXPECT_TRUE(read) << (read ? "" : read.error().detail);
  return read ? std::move(*read) : DecodedRequest{};
}

const std::string kIds =
    R"("traceId":"0AF7651916CD43DD8448EB211C80319C","spanId":"b7ad6b7169203331")";

TEST(OtlpJson, takes_what_senders_really_write) {
  const auto read = from_json(
      R"({"resourceSpans":[{"scopeSpans":[{"spans":[{)" + kIds +
      R"(,"parentSpanId":"","name":"caf\u00e9","kind":3,"startTimeUnixNano":1700000000000000000,)"
      R"("endTimeUnixNano":"1700000001000000000","flags":257,"droppedAttributesCount":2,)"
      R"("status":{"code":2,"message":"no"},"unknown":{"x":[1]},"traceState":null,"attributes":[)"
      R"({"key":"s","value":{"stringValue":"a\"b"}},{"key":"i","value":{"intValue":"-7"}},)"
      R"({"key":"n","value":{"intValue":7}},{"key":"d","value":{"doubleValue":1}},)"
      R"({"key":"b","value":{"boolValue":true}},{"key":"y","value":{"bytesValue":"AP8="}},)"
      R"({"key":"l","value":{"arrayValue":{"values":[{"stringValue":"x"},{"intValue":"1"}]}}},)"
      R"({"key":"m","value":{"kvlistValue":{"values":[{"key":"k","value":{"boolValue":false}}]}}},)"
      R"({"key":"none","value":{}},{"key":"nan","value":{"doubleValue":"NaN"}}],)"
      R"("events":[{"timeUnixNano":"5","name":"e","attributes":[]}],)"
      R"("links":[{"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"b7ad6b7169203331"}]}]}],)"
      R"("resource":{"attributes":[{"key":"service.name","value":{"stringValue":"agent"}}]}}]})");
  ASSERT_EQ(read.spans.size(), 1u);
  const DecodedSpan& span = read.spans[0];
  EXPECT_EQ(span.trace, kTrace);
  EXPECT_EQ(span.id, kSpan);
  EXPECT_TRUE(span.parent.empty());
  EXPECT_EQ(span.name, "café");
  EXPECT_EQ(span.role, SpanRole::client);
  EXPECT_EQ(span.start_unix_ns, 1700000000000000000u);
  EXPECT_EQ(span.end_unix_ns, 1700000001000000000u);
  EXPECT_EQ(span.status, StatusCode::error);
  EXPECT_EQ(span.dropped, 2u);
  const std::vector<Attribute> expected{{"s", "a\"b"},
                                        {"i", "-7", true},
                                        {"n", "7", true},
                                        {"d", "1.0", true},
                                        {"b", "true", true},
                                        {"y", "AP8="},
                                        {"l", "[\"x\",1]", true},
                                        {"m", "{\"k\":false}", true},
                                        {"none", ""},
                                        {"nan", "NaN"}};
  EXPECT_EQ(span.attributes, expected);
  EXPECT_EQ(span.events.at(0).time_unix_ns, 5u);
  EXPECT_EQ(span.links.at(0).trace, kTrace);
  ASSERT_EQ(read.resources.size(), 1u);
  EXPECT_EQ(read.resources[0].attributes.at(0), (Attribute{"service.name", "agent"}));
}

TEST(OtlpJson, rejects_one_span_and_takes_the_others) {
  const std::string good = "{" + kIds + "}";
  for (const std::string& bad : std::vector<std::string>{
           R"({"traceId":"0af7","spanId":"b7ad6b7169203331"})",
           R"({"traceId":"00000000000000000000000000000000","spanId":"b7ad6b7169203331"})",
           R"({"traceId":"0af7651916cd43dd8448eb211c80319c"})", R"({})", R"(null)",
           R"({)" + kIds + R"(,"startTimeUnixNano":"soon"})",
           R"({)" + kIds + R"(,"attributes":{}})", R"({)" + kIds + R"(,"name":[1]})"}) {
    const auto read = from_json(R"({"resourceSpans":[{"scopeSpans":[{"spans":[)" + good + "," +
                                bad + "," + good + "]}]}]}");
    EXPECT_EQ(read.spans.size(), 2u) << bad;
    EXPECT_EQ(read.rejected, 1u) << bad;
    EXPECT_FALSE(read.first_rejection.empty()) << bad;
  }
}

TEST(OtlpJson, refuses_what_is_no_request) {
  for (const std::string_view bad :
       {"", "[]", "{", "\"x\"", R"({"resourceSpans":{}})", R"({"resourceSpans":[1]})",
        R"({"resourceSpans":[{"scopeSpans":{}}]})", "{\"resourceSpans\":[]} x", "\xff"}) {
    EXPECT_FALSE(decode_json(bad, {})) << bad;
  }
  for (const char* const empty :
       {"{}", R"({"resourceSpans":[]})", R"({"resourceSpans":null})", R"({"resourceLogs":[]})"}) {
    EXPECT_TRUE(from_json(empty).spans.empty()) << empty;
  }
}

TEST(OtlpJson, drops_and_counts_what_is_beyond_the_limits) {
  DecodeLimits limits;
  limits.attributes_max = 5;
  limits.events_max = 1;
  limits.depth_max = 2;
  limits.key_bytes_max = 4;
  limits.spans_max = 1;
  const std::string span =
      "{" + kIds +
      R"(,"attributes":[{"key":"a","value":{"intValue":1}},{"key":"a","value":{"intValue":2}},)"
      R"({"key":"toolong","value":{"intValue":3}},{"key":"deep","value":{"arrayValue":{"values":[)"
      R"({"arrayValue":{"values":[{"arrayValue":{"values":[]}}]}}]}}},)"
      R"({"key":"b","value":{"intValue":4}},{"key":"c","value":{"intValue":5}}],)"
      R"("events":[{"name":"1"},{"name":"2"}]})";
  const auto read = from_json(
      R"({"resourceSpans":[{"scopeSpans":[{"spans":[)" + span + "," + span + "]}]}]}", limits);
  ASSERT_EQ(read.spans.size(), 1u);
  EXPECT_EQ(read.rejected, 1u);
  const std::vector<Attribute> expected{{"a", "1", true}, {"b", "4", true}};
  EXPECT_EQ(read.spans[0].attributes, expected);
  EXPECT_EQ(read.spans[0].events.size(), 1u);
  EXPECT_EQ(read.spans[0].dropped, 5u);
}

// One ResourceSpans with the spans that `add` writes.
template <class Add>
std::string protobuf(Add add) {
  std::string out;
  {
    protozero::pbf_writer request(out);
    protozero::pbf_writer resource(request, pb::Request::resource_spans);
    protozero::pbf_writer scope(resource, pb::ResourceSpans::scope_spans);
    add(scope);
  }
  return out;
}

void add_good_span(protozero::pbf_writer& scope) {
  protozero::pbf_writer span(scope, pb::ScopeSpans::spans);
  span.add_bytes(pb::Span::trace_id, trace_bytes());
  span.add_bytes(pb::Span::span_id, span_bytes());
}

TEST(OtlpProtobuf, rejects_one_span_and_takes_the_others) {
  const std::string bytes = protobuf([](protozero::pbf_writer& scope) {
    add_good_span(scope);
    scope.add_string(pb::ScopeSpans::spans, "\x0a\xff");  // claims more bytes than there are
    scope.add_string(pb::ScopeSpans::spans, "");
    add_good_span(scope);
  });
  const auto read = decode_protobuf(bytes, {});
  ASSERT_TRUE(read);
  EXPECT_EQ(read->spans.size(), 2u);
  EXPECT_EQ(read->rejected, 2u);
}

TEST(OtlpProtobuf, passes_over_unknown_fields_and_wrong_wire_types) {
  const std::string bytes = protobuf([](protozero::pbf_writer& scope) {
    protozero::pbf_writer span(scope, pb::ScopeSpans::spans);
    span.add_bytes(pb::Span::trace_id, trace_bytes());
    span.add_bytes(pb::Span::span_id, span_bytes());
    span.add_uint32(pb::Span::name, 7);                      // a varint where a string belongs
    span.add_string(pb::Span::start_time_unix_nano, "now");  // and the other way round
    span.add_string(1000, "unknown");
  });
  const auto read = decode_protobuf(bytes, {});
  ASSERT_TRUE(read);
  ASSERT_EQ(read->spans.size(), 1u);
  EXPECT_EQ(read->spans[0].name, "");
  EXPECT_EQ(read->spans[0].start_unix_ns, 0u);
}

TEST(OtlpProtobuf, finds_the_resource_behind_its_spans) {
  std::string bytes;
  {
    protozero::pbf_writer request(bytes);
    protozero::pbf_writer of(request, pb::Request::resource_spans);
    {
      protozero::pbf_writer scope(of, pb::ResourceSpans::scope_spans);
      add_good_span(scope);
    }
    protozero::pbf_writer resource(of, pb::ResourceSpans::resource);
    protozero::pbf_writer attribute(resource, pb::Resource::attributes);
    attribute.add_string(pb::KeyValue::key, "service.name");
    protozero::pbf_writer value(attribute, pb::KeyValue::value);
    value.add_string(pb::AnyValue::string_value, "agent");
  }
  const auto read = decode_protobuf(bytes, {});
  ASSERT_TRUE(read);
  ASSERT_EQ(read->spans.size(), 1u);
  EXPECT_EQ(read->resources.at(0).attributes.at(0), (Attribute{"service.name", "agent"}));
}

// One key millions of times costs no more than any other attribute: nothing is looked for.
TEST(OtlpProtobuf, repeated_attributes_count_for_the_limit_and_are_not_read_beyond_it) {
  const std::string bytes = protobuf([](protozero::pbf_writer& scope) {
    protozero::pbf_writer span(scope, pb::ScopeSpans::spans);
    span.add_bytes(pb::Span::trace_id, trace_bytes());
    span.add_bytes(pb::Span::span_id, span_bytes());
    const auto add = [&](std::string_view key) {
      protozero::pbf_writer attribute(span, pb::Span::attributes);
      attribute.add_bytes(pb::KeyValue::key, key.data(), key.size());
    };
    for (int i = 0; i < 500; ++i) add(std::to_string(i));
    for (int i = 0; i < 100'000; ++i) add("0");
    add("new");
    span.add_string(pb::Span::attributes, "\x0a\xff");  // damaged, but never looked at
  });
  const auto read = decode_protobuf(bytes, {});
  ASSERT_TRUE(read);
  ASSERT_EQ(read->spans.size(), 1u);
  EXPECT_EQ(read->spans[0].attributes.size(), 500u);
  EXPECT_EQ(read->spans[0].dropped, 100'002u);
}

TEST(OtlpProtobuf, refuses_damaged_outer_messages) {
  EXPECT_FALSE(decode_protobuf("\x0a\x7f", {}));
  EXPECT_FALSE(decode_protobuf("<html>", {}));
  EXPECT_TRUE(decode_protobuf("", {}));
}

TEST(OtlpProtobuf, nests_no_deeper_than_allowed) {
  const auto nested = [](int levels) {
    std::string value;
    protozero::pbf_writer(value).add_int64(pb::AnyValue::int_value, 1);
    for (int i = 0; i < levels; ++i) {
      std::string array;
      protozero::pbf_writer(array).add_message(pb::ArrayValue::values, value);
      value.clear();
      protozero::pbf_writer(value).add_message(pb::AnyValue::array_value, array);
    }
    return protobuf([&](protozero::pbf_writer& scope) {
      protozero::pbf_writer span(scope, pb::ScopeSpans::spans);
      span.add_bytes(pb::Span::trace_id, trace_bytes());
      span.add_bytes(pb::Span::span_id, span_bytes());
      protozero::pbf_writer attribute(span, pb::Span::attributes);
      attribute.add_string(pb::KeyValue::key, "k");
      attribute.add_message(pb::KeyValue::value, value);
    });
  };
  for (const int levels : {1, 16, 17, 5000}) {
    const std::string bytes = nested(levels);
    const auto read = decode_protobuf(bytes, {});
    ASSERT_TRUE(read);
    EXPECT_EQ(read->spans.at(0).attributes.size(), levels <= 16 ? 1u : 0u) << levels;
    EXPECT_EQ(read->spans.at(0).dropped, levels <= 16 ? 0u : 1u) << levels;
  }
}

TEST(OtlpProtobuf, writes_no_text_that_is_not_utf8) {
  OutBatch batch;
  OutSpan span;
  span.trace = kTrace;
  span.id = kSpan;
  span.name = "a\xff";
  batch.resources.emplace_back().spans.push_back(span);
  for (const std::string& bytes : {encode_protobuf(batch), encode_json(batch)}) {
    EXPECT_EQ(bytes.find('\xff'), std::string::npos);
    EXPECT_NE(bytes.find("a\xEF\xBF\xBD"), std::string::npos);
  }
}

TEST(OtlpResponse, reads_what_was_written) {
  for (const Encoding encoding : {Encoding::protobuf, Encoding::json}) {
    const Response partial{3, "three were bad"};
    const auto read = decode_response(encode(partial, encoding), encoding);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->rejected_spans, 3);
    EXPECT_EQ(read->message, "three were bad");
    const auto whole = decode_response(encode(Response{}, encoding), encoding);
    ASSERT_TRUE(whole);
    EXPECT_EQ(whole->rejected_spans, 0);
    const std::string status = encode_status(base::Errc::unauthenticated, "no key", encoding);
    EXPECT_EQ(status_message(status, encoding), "no key");
  }
  EXPECT_EQ(encode(Response{}, Encoding::protobuf), "");
  EXPECT_EQ(encode(Response{}, Encoding::json), "{}");
  EXPECT_EQ(status_message("<html>busy", Encoding::json), "<html>busy");
  EXPECT_FALSE(decode_response("<html>", Encoding::json));
  EXPECT_FALSE(decode_response("<html>", Encoding::protobuf));
  EXPECT_EQ(
      decode_response(R"({"partialSuccess":{"rejectedSpans":5}})", Encoding::json)->rejected_spans,
      5);
}

}  // namespace
}  // namespace headgate::telemetry::otlp
