#include "storage/query/block.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "storage/query/parser.h"
#include "storage/traces/numbered_call.h"

namespace headgate::storage::query {
namespace {

class BlockTest : public ::testing::Test {
 protected:
  bool may(std::string_view filter) {
    const auto expression = parse(filter, 1'800'000'000'000'000).value();
    return may_hold(expression, {block_.bounds(), block_.filter().bytes()});
  }
  BlockBuilder block_;
};

TEST_F(BlockTest, is_passed_over_when_nothing_in_it_can_fit) {
  for (std::uint64_t i = 1; i <= 100; ++i) {
    NumberedCall call(i);
    block_.add(call.record(), 2 * static_cast<std::int64_t>(i));
  }
  for (const auto* filter :
       {"", "user = odd", "session = s", "request = 77", "model = small", "provider = alpha",
        "kind = attempt", "latency >= 1ms", "cost <= 0.000001", "time > 2027-01-15",
        "not user = odd", "user ~ o", "user = nobody or request = 3", "text ~ nothing",
        "user != odd", "attr.x = y", "user = \"\""}) {
    EXPECT_TRUE(may(filter)) << filter;
  }
  for (const auto* filter :
       {"user = nobody", "session = t", "request = 101", "model = large", "provider = beta",
        "tool = get_order", "latency > 1ms", "cost > 0.01", "time > 2027-01-16", "error",
        "error = overloaded", "time < 2027-01-15", "user = odd and error",
        "user in (a, b) or cost > 1"}) {
    EXPECT_FALSE(may(filter)) << filter;
  }
}

TEST_F(BlockTest, of_nothing_has_nothing) {
  EXPECT_FALSE(may("error"));
  EXPECT_FALSE(may("user = a"));
  EXPECT_FALSE(may("cost > 0"));
}

RC_GTEST_PROP(TraceKeys, find_every_trace_by_how_it_begins, ()) {
  TraceKeys keys;
  std::vector<base::TraceId> traces;
  for (std::size_t i = 0, n = *rc::gen::inRange<std::size_t>(1, 50); i < n; ++i) {
    auto& trace = traces.emplace_back();
    for (auto& byte : trace.bytes) byte = *rc::gen::element<std::uint8_t>(0, 1, 255);
    keys.add(trace, static_cast<std::uint16_t>(i));
  }
  const std::size_t wanted = *rc::gen::inRange<std::size_t>(0, traces.size());
  const std::size_t digits = *rc::gen::inRange<std::size_t>(0, 17);
  base::TraceId low = traces[wanted], high = traces[wanted];
  std::fill(low.bytes.begin() + static_cast<std::ptrdiff_t>(digits), low.bytes.end(), 0);
  std::fill(high.bytes.begin() + static_cast<std::ptrdiff_t>(digits), high.bytes.end(), 255);
  const auto rows = TraceKeys::rows_between(keys.bytes(), low, high);
  for (std::size_t i = 0; i < traces.size(); ++i) {
    const bool within = std::equal(
        low.bytes.begin(),
        low.bytes.begin() + static_cast<std::ptrdiff_t>(std::min(digits, TraceKeys::kPrefix)),
        traces[i].bytes.begin());
    RC_ASSERT(within == (std::count(rows.begin(), rows.end(), i) == 1));
  }
  const std::vector<std::uint8_t> odd(37, 9);
  (void)TraceKeys::rows_between(odd, low, high);
}

RC_GTEST_PROP(BlockFilter, never_denies_what_was_added, (const std::vector<std::string>& texts)) {
  auto filter = std::make_unique<BlockFilter>();
  for (const auto& text : texts) filter->add(Field::user, text);
  for (const auto& text : texts) {
    RC_ASSERT(BlockFilter::may_hold(filter->bytes(), Field::user, text));
  }
}

TEST(BlockFilter, lets_little_through_when_it_is_full) {
  auto filter = std::make_unique<BlockFilter>();
  for (int i = 0; i < 6000; ++i) filter->add(Field::session, "session-" + std::to_string(i));
  int let_through = 0;
  for (int i = 6000; i < 16'000; ++i) {
    const std::string text = "session-" + std::to_string(i);
    let_through += BlockFilter::may_hold(filter->bytes(), Field::session, text) ? 1 : 0;
  }
  EXPECT_LT(let_through, 400) << "of 10,000";
}

}  // namespace
}  // namespace headgate::storage::query
