// The small vocabulary of base: errors, money, ids, strings, trace context, cancellation,
// snapshots.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>
#include <string>
#include <tuple>

#include "base/async/cancellation.h"
#include "base/async/snapshot.h"
#include "base/errc.h"
#include "base/ids.h"
#include "base/money.h"
#include "base/random.h"
#include "base/text/log.h"
#include "base/text/strings.h"
#include "base/trace_context.h"

namespace headgate::base {
namespace {

TEST(Errc, EveryCodeHasItsOwnRow) {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < kErrcCount; ++i) {
    const auto code = static_cast<Errc>(i);
    const ErrcRow& entry = row(code);
    EXPECT_EQ(entry.code, code) << i;
    EXPECT_GE(entry.http_status, 400) << entry.name;
    EXPECT_LE(entry.http_status, 599) << entry.name;
    EXPECT_FALSE(entry.openai_type.empty()) << entry.name;
    EXPECT_TRUE(names.insert(entry.name).second) << entry.name;
    const int status = entry.http_status;
    EXPECT_TRUE(entry.retryable || (status != 429 && status != 503)) << entry.name;
    EXPECT_FALSE(entry.retryable && (status == 400 || status == 401)) << entry.name;
  }
}

TEST(Money, FormatsWithoutRounding) {
  EXPECT_EQ(format_dollars(0), "$0.00");
  EXPECT_EQ(format_dollars(150'000), "$0.00000015");
  EXPECT_EQ(format_dollars(1'230'000'000'000), "$1.23");
  EXPECT_EQ(format_dollars(-1), "-$0.000000000001");
  EXPECT_EQ(format_dollars(INT64_MIN), "-$9223372.036854775808");
}

TEST(Money, ParsesPlainDecimalsOnly) {
  EXPECT_EQ(parse_dollars("0.15"), 150'000'000'000);
  EXPECT_EQ(parse_dollars("12"), 12 * kPicodollarsPerDollar);
  EXPECT_EQ(parse_dollars("0.000000000001"), 1);
  for (const char* bad :
       {"", ".5", "1.", "-1", "1e3", "0.0000000000001", "1,5", "99999999", " 1"}) {
    EXPECT_EQ(parse_dollars(bad), std::nullopt) << bad;
  }
}

RC_GTEST_PROP(Money, FormatThenParseIsIdentity, ()) {
  const auto amount = *rc::gen::inRange<std::int64_t>(0, 8'000'000 * kPicodollarsPerDollar);
  RC_ASSERT(parse_dollars(format_dollars(amount).substr(1)) == amount);
}

TEST(Ids, HexRoundTripAndRefusals) {
  SeededRandom random(7);
  for (int i = 0; i < 100; ++i) {
    const auto id = TraceId::random(random);
    EXPECT_EQ(TraceId::from_hex(id.hex()), id);
  }
  EXPECT_FALSE(TraceId::from_hex(std::string(32, '0')));
  EXPECT_FALSE(TraceId::from_hex(std::string(31, 'a')));
  EXPECT_FALSE(TraceId::from_hex(std::string(32, 'A')));
}

TEST(Random, SeedsRepeatAndBoundsHold) {
  SeededRandom a(42);
  SeededRandom b(42);
  for (int i = 0; i < 1000; ++i) {
    EXPECT_EQ(a.next(), b.next());
    EXPECT_LT(a.below(10), 10u);
    std::ignore = b.below(10);
    const double unit = a.unit();
    std::ignore = b.unit();
    EXPECT_GE(unit, 0.0);
    EXPECT_LT(unit, 1.0);
  }
}

TEST(Strings, JsonQuoting) {
  EXPECT_EQ(json_string("a\"b\\c\n\x01"), R"("a\"b\\c\n\u0001")");
  EXPECT_EQ(json_string("grün 🙂"), "\"grün 🙂\"");
  EXPECT_EQ(json_string("\xFF\xC0\x80"), "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
  EXPECT_EQ(json_string("\xED\xA0\x80"), "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
}

TEST(Strings, PercentDecode) {
  EXPECT_EQ(percent_decode("meta%2Fllama"), "meta/llama");
  EXPECT_EQ(percent_decode("a%"), "a%");
  EXPECT_EQ(percent_decode("a%2"), "a%2");
  EXPECT_EQ(percent_decode("a%zz"), "a%zz");
  EXPECT_EQ(percent_decode("%41%42"), "AB");
}

TEST(Strings, DidYouMean) {
  const std::vector<std::string> names{"providers", "models", "routes"};
  EXPECT_EQ(did_you_mean("modles", names), "models");
  EXPECT_EQ(did_you_mean("xyzzy", names), "");
}

TEST(TraceContext, ReadsTheSpecificationsExamples) {
  const std::string trace = "0af7651916cd43dd8448eb211c80319c";
  const std::string span = "b7ad6b7169203331";
  const auto parsed = parse_traceparent("00-" + trace + "-" + span + "-01");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->trace.hex(), trace);
  EXPECT_EQ(parsed->parent.hex(), span);
  EXPECT_TRUE(parsed->sampled);
  EXPECT_EQ(format_traceparent(*parsed, parsed->parent), "00-" + trace + "-" + span + "-01");
  EXPECT_TRUE(parse_traceparent("cc-" + trace + "-" + span + "-01-more"));
  for (const std::string& bad :
       {"ff-" + trace + "-" + span + "-01", "00-" + trace + "-" + span + "-01-more",
        "00-" + trace + "-" + span, "00-" + std::string(32, '0') + "-" + span + "-01",
        "00-" + trace + "-" + std::string(16, '0') + "-01", "00_" + trace + "-" + span + "-01",
        "00-" + trace + "-" + span + "-0g", std::string()}) {
    EXPECT_FALSE(parse_traceparent(bad)) << bad;
  }
}

TEST(Cancellation, TellsLivingCallbacksOnce) {
  Cancellation source;
  int told = 0;
  const auto count = [](void* n) { ++*static_cast<int*>(n); };
  const Cancellation::Callback kept(source, count, &told);
  { const Cancellation::Callback gone(source, count, &told); }
  source.cancel();
  source.cancel();
  EXPECT_EQ(told, 1);
  const Cancellation::Callback late(source, count, &told);
  EXPECT_EQ(told, 2);
}

TEST(Snapshot, ReaderSeesTheNewestAndKeepsWhatItHolds) {
  SnapshotCell<int> cell(std::make_shared<const int>(1));
  SnapshotReader<int> reader(cell);
  const auto held = reader.get();
  cell.store(std::make_shared<const int>(2));
  EXPECT_EQ(*held, 1);
  EXPECT_EQ(*reader.get(), 2);
}

TEST(Log, KnowsSecretNames) {
  for (const char* name : {"password", "Authorization", "api-key", "API_KEY", "x-api-key"}) {
    EXPECT_TRUE(is_secret_name(name)) << name;
  }
  EXPECT_FALSE(is_secret_name("tokens"));
  EXPECT_FALSE(is_secret_name("model"));
}

TEST(Strings, PercentEncodingComesBack) {
  EXPECT_EQ(percent_encode("meta/llama 3.1"), "meta%2Fllama%203.1");
  std::string all;
  for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
  EXPECT_EQ(percent_decode(percent_encode(all)), all);
}

}  // namespace
}  // namespace headgate::base
