// Whatever is asked of the store gives what a plain reading of the calls gives: SQL, the indexes,
// the filters of blocks and the words of content against query/evaluate.h.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <deque>
#include <filesystem>
#include <set>

#include "base/random.h"
#include "storage/query/evaluate.h"
#include "storage/query/parser.h"
#include "storage/temporary_folder.h"
#include "storage/traces/trace_reader.h"
#include "storage/traces/trace_store.h"

namespace headgate::storage::query {
namespace {

constexpr std::int64_t kNow = 1'800'000'000'000'000;

using Words = std::vector<std::string_view>;
const Words kTexts{"", "a", "B", "ab", "get_order", "execute_tool ab", "x'y", "\"q\"", "50%", "ö"};
const Words kContents{"",
                      "plain words a b ab",
                      R"([{"role":"user","content":"Refund of\norder 4711"}])",
                      R"({"x":"{\"y\":\"ab \\u00f6\"}"})",
                      "Das ist schön: Ö! refund",
                      "退款"};

class Generator {
 public:
  explicit Generator(std::uint64_t seed) : random_(seed) {}

  std::string_view pick(const Words& of) { return of[random_.below(of.size())]; }
  std::string_view text() { return pick(kTexts); }
  std::int64_t number(std::int64_t below) {
    return static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(below)));
  }
  bool one_in(std::uint64_t n) { return random_.below(n) == 0; }

  telemetry::Span span() {
    telemetry::Span span;
    span.kind = static_cast<telemetry::SpanKind>(number(telemetry::kSpanKindCount));
    span.name = text();
    span.start_unix_us = kNow - number(3) * 1'000'000;
    span.duration_us = number(4) * 1'000'000;
    if (one_in(2)) span.ttft_us = number(4) * 1000;
    if (one_in(3)) span.error = one_in(2) ? base::Errc::rate_limited : base::Errc::overloaded;
    span.error_message = text();
    span.http_status = one_in(3) ? 0 : static_cast<std::uint16_t>(200 + number(3));
    span.streamed = one_in(2);
    span.unpriced = one_in(3);
    if (one_in(2)) span.usage = base::Usage{number(5), number(3), number(2), number(5), number(2)};
    if (one_in(2)) span.cost = number(3) * base::kPicodollarsPerDollar;
    for (const auto member : {&telemetry::Span::provider, &telemetry::Span::model_requested,
                              &telemetry::Span::model_served, &telemetry::Span::response_id,
                              &telemetry::Span::finish_reason}) {
      span.*member = text();
    }
    span.input = pick(kContents);
    span.output = pick(kContents);
    if (one_in(2)) {
      auto& attributes = attributes_.emplace_back();
      attributes[0] = {"k", text()};
      attributes[1] = {"a.b", text()};
      attributes[2] = {"reasoning", text()};
      span.attributes = attributes;
    }
    return span;
  }

  telemetry::ExchangeRecord record(std::uint64_t index) {
    auto& spans = spans_.emplace_back();
    for (std::int64_t i = 0, n = 1 + number(4); i < n; ++i) spans.push_back(span());
    telemetry::ExchangeRecord record;
    record.trace.bytes[0] = static_cast<std::uint8_t>(number(3));
    record.trace.bytes[15] = static_cast<std::uint8_t>(index + 1);
    ids_.push_back(std::to_string(index));
    record.request_id = ids_.back();
    for (const auto member :
         {&telemetry::ExchangeRecord::user, &telemetry::ExchangeRecord::session,
          &telemetry::ExchangeRecord::workflow, &telemetry::ExchangeRecord::tenant,
          &telemetry::ExchangeRecord::tier, &telemetry::ExchangeRecord::key_id,
          &telemetry::ExchangeRecord::route, &telemetry::ExchangeRecord::release}) {
      record.*member = text();
    }
    record.spans = spans;
    return record;
  }

  std::string filter(int depth = 0) {
    switch (depth < 3 ? number(6) : 5) {
      case 0: return "not " + filter(depth + 1);
      case 1: return "(" + filter(depth + 1) + " or " + filter(depth + 1) + ")";
      case 2: return "(" + filter(depth + 1) + ") and " + filter(depth + 1);
      default: return comparison();
    }
  }

 private:
  static std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
    return out + '"';
  }
  std::string op(const Words& of) { return " " + std::string(pick(of)) + " "; }

  std::string comparison() {
    const FieldRow& field = row(static_cast<Field>(number(kFieldCount)));
    const std::string name(field.field == Field::attribute
                               ? pick({"attr.k", "attr.a.b", "attr.reasoning"})
                               : field.name);
    const Words orders{"=", "!=", "<", "<=", ">", ">="};
    switch (field.type) {
      case Type::text:
        if (one_in(4)) return name + " in (" + quoted(text()) + ", " + quoted(text()) + ")";
        return name + op({"=", "!=", "~", "!~"}) + quoted(text());
      case Type::words:
        return name + op({"~", "!~"}) +
               quoted(pick({"refund", "AB", "order 4711", "ord*", "o", "款", "role", "of order"}));
      case Type::trace: return name + op({"=", "!="}) + std::string(pick({"0", "01", "00000"}));
      case Type::error: return error(field.field);
      case Type::flag: return one_in(2) ? name : name + op({"=", "!="}) + "false";
      case Type::count:
        return name + op(orders) + std::to_string(number(4) * (one_in(9) ? 100 : 1));
      case Type::money: return name + op(orders) + "$" + std::to_string(number(3));
      case Type::duration:
        if (field.field == Field::age) return name + op({"<", "<=", ">", ">="}) + "1s";
        return name + op(orders) + std::to_string(number(4)) + std::string(pick({"s", "ms"}));
      case Type::time:
        return name + op(orders) + std::string(pick({"2027-01-15", "2027-01-15T08:00"}));
    }
    return "error";
  }

  std::string error(Field field) {
    if (field == Field::error && one_in(2)) return "error";
    return std::string(row(field).name) + op({"=", "!="}) +
           std::string(pick(field == Field::status ? Words{"ok", "error", "rate_limited"}
                                                   : Words{"true", "false", "overloaded"}));
  }

  base::SeededRandom random_;
  std::deque<std::string> ids_;
  std::deque<std::vector<telemetry::Span>> spans_;
  std::deque<std::array<telemetry::Attribute, 3>> attributes_;
};

void compare(std::uint64_t seed) {
  SCOPED_TRACE("seed " + std::to_string(seed));
  Generator generator(seed);
  const TemporaryFolder folder;
  const base::ManualClock clock;
  std::vector<telemetry::ExchangeRecord> records;
  {
    auto store = TraceStore::open({.folder = folder.path(), .journal_bytes = 1 << 20}, 1, clock);
    for (std::uint64_t i = 0; i < 40; ++i) {
      records.push_back(generator.record(i));
      ASSERT_TRUE((*store)->sink(0).record(records.back()));
    }
  }
  auto reader = TraceReader::open(folder.path()).value();
  for (int i = 0; i < 200; ++i) {
    const std::string filter = generator.filter();
    const auto expression = parse(filter, kNow);
    ASSERT_TRUE(expression.has_value()) << filter;
    std::set<std::string> expected, found;
    for (const auto& record : records) {
      if (Evaluator(record).holds(*expression)) expected.insert(std::string(record.request_id));
    }
    const auto list = reader.list({*expression, 1000});
    ASSERT_TRUE(list.has_value()) << filter;
    EXPECT_EQ(list->lost + list->unsearched, 0);
    for (const auto& call : list->calls) found.insert(std::string(call.record().request_id));
    EXPECT_EQ(found, expected) << filter;
  }
}

TEST(Query, store_and_reference_agree) {
  base::RealRandom random;
  for (int round = 0; round < 15; ++round) compare(random.next());
}

}  // namespace
}  // namespace headgate::storage::query
