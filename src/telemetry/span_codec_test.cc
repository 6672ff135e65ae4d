#include "telemetry/span_codec.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <deque>
#include <string>
#include <vector>

namespace headgate::telemetry {
namespace {

std::vector<std::byte> encoded(const ExchangeRecord& record) {
  std::vector<std::byte> bytes(encoded_size(record));
  encode(record, bytes.data());
  return bytes;
}

void expect_equal(const Span& a, const Span& b) {
  EXPECT_EQ(a.kind, b.kind);
  EXPECT_EQ(a.id, b.id);
  EXPECT_EQ(a.parent, b.parent);
  EXPECT_EQ(a.start_unix_us, b.start_unix_us);
  EXPECT_EQ(a.duration_us, b.duration_us);
  EXPECT_EQ(a.ttft_us, b.ttft_us);
  EXPECT_EQ(a.error, b.error);
  EXPECT_EQ(a.http_status, b.http_status);
  EXPECT_EQ(a.attempt, b.attempt);
  EXPECT_EQ(a.streamed, b.streamed);
  EXPECT_EQ(a.usage, b.usage);
  EXPECT_EQ(a.cost, b.cost);
  EXPECT_EQ(a.unpriced, b.unpriced);
  EXPECT_EQ(a.input_cut_bytes, b.input_cut_bytes);
  EXPECT_EQ(a.output_cut_bytes, b.output_cut_bytes);
  for (const auto text : {&Span::name, &Span::error_message, &Span::provider,
                          &Span::model_requested, &Span::model_served, &Span::response_id,
                          &Span::finish_reason, &Span::input, &Span::output}) {
    EXPECT_EQ(a.*text, b.*text);
  }
  EXPECT_EQ(std::vector(a.attributes.begin(), a.attributes.end()),
            std::vector(b.attributes.begin(), b.attributes.end()));
}

void expect_equal(const ExchangeRecord& a, const ExchangeRecord& b) {
  EXPECT_EQ(a.trace, b.trace);
  for (const auto text :
       {&ExchangeRecord::request_id, &ExchangeRecord::user, &ExchangeRecord::session,
        &ExchangeRecord::workflow, &ExchangeRecord::tenant, &ExchangeRecord::tier,
        &ExchangeRecord::key_id, &ExchangeRecord::route, &ExchangeRecord::release}) {
    EXPECT_EQ(a.*text, b.*text);
  }
  ASSERT_EQ(a.spans.size(), b.spans.size());
  for (std::size_t i = 0; i < a.spans.size(); ++i) expect_equal(a.spans[i], b.spans[i]);
}

// A record of anything, with the memory behind it.
class AnyRecord {
 public:
  AnyRecord() {
    for (std::size_t i = 0, n = *rc::gen::inRange<std::size_t>(1, 6); i < n; ++i) add_span();
    for (std::size_t i = 0; i < spans_.size(); ++i) spans_[i].attributes = attributes_[i];
    record_.trace = id<base::TraceId>();
    for (const auto text :
         {&ExchangeRecord::request_id, &ExchangeRecord::user, &ExchangeRecord::session,
          &ExchangeRecord::workflow, &ExchangeRecord::tenant, &ExchangeRecord::tier,
          &ExchangeRecord::key_id, &ExchangeRecord::route, &ExchangeRecord::release}) {
      record_.*text = any_text();
    }
    record_.spans = spans_;
  }
  const ExchangeRecord& record() const { return record_; }

 private:
  template <class Id>
  static Id id() {
    base::SeededRandom random(*rc::gen::arbitrary<std::uint64_t>());
    return Id::random(random);
  }
  std::string_view any_text() { return texts_.emplace_back(*rc::gen::arbitrary<std::string>()); }
  template <class T>
  static std::optional<T> maybe(T value) {
    return *rc::gen::arbitrary<bool>() ? std::optional<T>(value) : std::nullopt;
  }
  static std::int64_t number() { return *rc::gen::arbitrary<std::int64_t>(); }

  void add_span() {
    Span& span = spans_.emplace_back();
    span.kind = static_cast<SpanKind>(*rc::gen::inRange<std::size_t>(0, kSpanKindCount));
    span.id = id<base::SpanId>();
    span.parent = maybe(id<base::SpanId>()).value_or(base::SpanId{});
    span.start_unix_us = number();
    span.duration_us = number();
    span.ttft_us = maybe(number());
    span.error =
        maybe(static_cast<base::Errc>(*rc::gen::inRange<std::size_t>(0, base::kErrcCount)));
    span.http_status = *rc::gen::arbitrary<std::uint16_t>();
    span.attempt = *rc::gen::arbitrary<std::uint16_t>();
    span.streamed = *rc::gen::arbitrary<bool>();
    span.usage = maybe(base::Usage{number(), number(), number(), number(), number()});
    if (span.usage && *rc::gen::arbitrary<bool>()) {
      span.usage->cache_write_long = number();
      span.usage->web_searches = number();
      span.usage->tier = base::ServiceTier::flex;
    }
    span.cost = maybe(number());
    span.unpriced = *rc::gen::arbitrary<bool>();
    span.input_cut_bytes = *rc::gen::arbitrary<std::uint32_t>();
    span.output_cut_bytes = *rc::gen::arbitrary<std::uint32_t>();
    for (const auto text : {&Span::name, &Span::error_message, &Span::provider,
                            &Span::model_requested, &Span::model_served, &Span::response_id,
                            &Span::finish_reason, &Span::input, &Span::output}) {
      span.*text = any_text();
    }
    auto& attributes = attributes_.emplace_back();
    for (std::size_t i = 0, n = *rc::gen::inRange<std::size_t>(0, 4); i < n; ++i) {
      const std::string_view key = any_text();
      attributes.push_back({key, any_text(), *rc::gen::arbitrary<bool>()});
    }
  }

  std::deque<std::string> texts_;
  std::vector<Span> spans_;
  std::vector<std::vector<Attribute>> attributes_;
  ExchangeRecord record_;
};

RC_GTEST_PROP(SpanCodec, gives_back_what_it_was_given, ()) {
  const AnyRecord any;
  const auto bytes = encoded(any.record());
  ExchangeDecoder decoder;
  const auto decoded = decoder.decode(bytes);
  RC_ASSERT(decoded.has_value());
  expect_equal(*decoded, any.record());
}

RC_GTEST_PROP(SpanCodec, refuses_every_truncation_and_every_tail, ()) {
  const AnyRecord any;
  auto bytes = encoded(any.record());
  ExchangeDecoder decoder;
  const auto shorter = *rc::gen::inRange<std::size_t>(0, bytes.size());
  RC_ASSERT(!decoder.decode(std::span(bytes).first(shorter)));
  bytes.push_back(std::byte{0});
  RC_ASSERT(!decoder.decode(bytes));
}

TEST(SpanCodec, decoder_forgets_the_record_before) {
  Span spans[2];
  const Attribute attribute{"guard", "passed"};
  spans[1].attributes = {&attribute, 1};
  spans[0].cost = 12;
  const auto rich = encoded({.user = "u1", .spans = spans});
  const Span plain[1];
  const auto poor = encoded({.spans = plain});
  ExchangeDecoder decoder;
  ASSERT_TRUE(decoder.decode(rich));
  const auto decoded = decoder.decode(poor);
  ASSERT_TRUE(decoded);
  expect_equal(*decoded, {.spans = plain});
}

// What differs between versions 1 and 2 is a bit that no record of version 1 has set.
TEST(SpanCodec, reads_records_of_version_1) {
  const Attribute attribute{"skipped", "breaker open"};
  Span span;
  span.name = "chat";
  span.attributes = {&attribute, 1};
  const ExchangeRecord record{.user = "u1", .spans = {&span, 1}};
  auto bytes = encoded(record);
  ASSERT_EQ(bytes[0], std::byte{2});
  bytes[0] = std::byte{1};
  ExchangeDecoder decoder;
  const auto decoded = decoder.decode(bytes);
  ASSERT_TRUE(decoded);
  expect_equal(*decoded, record);
  bytes[0] = std::byte{3};
  EXPECT_FALSE(decoder.decode(bytes));
}

TEST(SpanCodec, has_no_size_for_what_it_cannot_hold) {
  EXPECT_EQ(encoded_size({}), 0u);
  const std::vector<Span> many(kSpansMax + 1);
  EXPECT_EQ(encoded_size({.spans = many}), 0u);
  const std::vector<Attribute> attributes(kAttributesMax + 1);
  Span span;
  span.attributes = attributes;
  EXPECT_EQ(encoded_size({.spans = {&span, 1}}), 0u);
}

TEST(SpanCodec, keeps_every_error_and_takes_unknown_names_for_internal) {
  for (std::size_t i = 0; i < base::kErrcCount; ++i) {
    const auto code = static_cast<base::Errc>(i);
    EXPECT_EQ(error_named(base::row(code).name), code);
  }
  EXPECT_EQ(error_named("from_the_future"), base::Errc::internal);
  EXPECT_EQ(error_named(""), std::nullopt);
}

TEST(SpanCodec, names_every_kind) {
  for (std::size_t i = 0; i < kSpanKindCount; ++i) {
    EXPECT_FALSE(name(static_cast<SpanKind>(i)).empty()) << i;
  }
}

}  // namespace
}  // namespace headgate::telemetry
