#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <filesystem>

#include "storage/partitions/schema.h"
#include "storage/temporary_folder.h"
#include "storage/tiers/day_files.h"
#include "storage/tiers/duration_histogram.h"
#include "storage/tiers/hour_table.h"
#include "storage/tiers/tier_plan.h"
#include "storage/traces/numbered_call.h"
#include "storage/traces/trace_store.h"

namespace headgate::storage {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using What = TierStep::What;

constexpr std::int64_t kNoon = 100 * kDayUs + kDayUs / 2;  // of day 100

TEST(Tiers, drop_what_is_too_old_and_keep_the_rest) {
  const TierPolicy policy{.content_days = 2, .retention_days = 10};
  const std::vector<DaySize> days{{100, 1, 1}, {98, 1, 1}, {97, 1, 1}, {96, 1, 0},
                                  {90, 1, 1},  {89, 1, 0}, {88, 1, 1}};
  EXPECT_THAT(plan_tiers(policy, days, 0, 100, kNoon),
              ElementsAre(TierStep{What::drop_day, 88, false}, TierStep{What::drop_day, 89, false},
                          TierStep{What::drop_content, 90, false},
                          TierStep{What::drop_content, 97, false}));
  EXPECT_THAT(plan_tiers({.content_days = 0, .retention_days = 0}, days, 0, 100, kNoon), IsEmpty());
}

TEST(Tiers, leave_the_day_that_is_written_alone) {
  EXPECT_THAT(plan_tiers({.content_days = 1, .retention_days = 1}, {{50, 1, 1}}, 0, 50, kNoon),
              IsEmpty());
}

TEST(Tiers, make_room_with_the_oldest_content_first) {
  TierPolicy policy{.retention_days = 0, .bytes_max = 100};
  const std::vector<DaySize> days{{98, 10, 50}, {99, 10, 50}, {100, 10, 50}};
  EXPECT_THAT(
      plan_tiers(policy, days, 5, 100, kNoon),
      ElementsAre(TierStep{What::drop_content, 98, true}, TierStep{What::drop_content, 99, true}));
  policy.bytes_max = 20;
  EXPECT_THAT(
      plan_tiers(policy, days, 5, 100, kNoon),
      ElementsAre(TierStep{What::drop_content, 98, true}, TierStep{What::drop_content, 99, true},
                  TierStep{What::drop_day, 98, true}, TierStep{What::drop_day, 99, true},
                  TierStep{What::trim_content, 100, true, 45}));
}

RC_GTEST_PROP(Tiers, after_the_plan_everything_fits_or_nothing_is_left, ()) {
  std::vector<DaySize> days;
  for (Day day = 90; day <= 100; ++day) {
    if (*rc::gen::arbitrary<bool>()) {
      days.push_back({day, *rc::gen::inRange(1, 50), *rc::gen::inRange(0, 50)});
    }
  }
  const TierPolicy policy{.retention_days = 0, .bytes_max = *rc::gen::inRange(1, 500)};
  std::int64_t left = 0;
  for (const DaySize& day : days) left += day.span_bytes + day.content_bytes;
  const auto plan = plan_tiers(policy, days, 0, 100, kNoon);
  for (const TierStep& step : plan) {
    const auto at = std::find_if(days.begin(), days.end(),
                                 [&](const DaySize& day) { return day.day == step.day; });
    RC_ASSERT(at != days.end());
    RC_ASSERT(left > policy.bytes_max);
    if (step.what == What::trim_content) {
      left -= step.bytes;
    } else {
      RC_ASSERT(step.day != 100);
      left -= step.what == What::drop_day ? at->span_bytes : at->content_bytes;
    }
  }
  RC_ASSERT(left <= policy.bytes_max);
}

RC_GTEST_PROP(DurationHistogram, quantiles_are_near_and_bytes_come_back, ()) {
  auto values = *rc::gen::nonEmpty(rc::gen::container<std::vector<std::int64_t>>(
      rc::gen::inRange<std::int64_t>(0, 1'000'000'000)));
  DurationHistogram histogram;
  for (const std::int64_t value : values) histogram.add(value);
  std::sort(values.begin(), values.end());
  const auto rank = static_cast<std::size_t>(0.95 * static_cast<double>(values.size() - 1));
  const auto low = static_cast<double>(values[rank]);
  const auto high = static_cast<double>(values[std::min(rank + 1, values.size() - 1)]);
  const auto p95 = static_cast<double>(histogram.quantile_us(0.95));
  RC_ASSERT(p95 >= low * 0.79 - 1);
  RC_ASSERT(p95 <= high * 1.26 + 1);
  DurationHistogram read;
  RC_ASSERT(read.decode(histogram.encode()));
  RC_ASSERT(read == histogram);
  RC_ASSERT(read.total() == values.size());
}

TEST(DurationHistogram, refuses_what_is_none) {
  DurationHistogram histogram;
  const std::vector<std::uint8_t> odd{3}, beyond{200, 1}, endless(12, 0xFF);
  EXPECT_FALSE(histogram.decode(odd));
  EXPECT_FALSE(histogram.decode(beyond));
  EXPECT_FALSE(histogram.decode(endless));
  EXPECT_EQ(histogram, DurationHistogram{});
}

TEST(DayFiles, a_dropped_day_is_gone_at_once_and_its_files_after) {
  const TemporaryFolder folder;
  base::ManualClock clock;
  const Day day = day_of(clock.unix_us());
  {
    auto store = TraceStore::open({.folder = folder.path()}, 1, clock).value();
    NumberedCall call(1);
    ASSERT_TRUE(store->sink(0).record(call.record()));
  }
  const auto sizes = day_sizes(folder.path());
  ASSERT_EQ(sizes.size(), 1u);
  EXPECT_GT(sizes[0].span_bytes, 0);
  EXPECT_GT(sizes[0].content_bytes, 0);
  ASSERT_TRUE(drop_day(folder.path(), day));
  EXPECT_TRUE(partition_days(folder.path()).empty());
  EXPECT_TRUE(std::filesystem::exists(segment_path(folder.path(), 1)));
  // As after an interruption: whoever comes next frees them.
  ASSERT_TRUE(free_dropped(folder.path()));
  EXPECT_FALSE(std::filesystem::exists(segment_path(folder.path(), 1)));
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    EXPECT_FALSE(entry.path().filename().string().starts_with("dropped-")) << entry.path();
  }
}

// A day that an earlier Headgate wrote, with content among the attributes of spans.
TEST(DayFiles, dropped_content_takes_attributes_with_it_that_are_content) {
  const TemporaryFolder folder;
  base::ManualClock clock;
  const Day day = day_of(clock.unix_us());
  {
    auto store = TraceStore::open({.folder = folder.path()}, 1, clock).value();
    for (std::uint64_t number = 1; number <= 2; ++number) {
      NumberedCall call(number);
      ASSERT_TRUE(store->sink(0).record(call.record()));
    }
  }
  {
    auto partition = open_partition(folder.path(), day).value();
    EXPECT_EQ(partition_note(partition, kPlainRows).value(), 1) << "of a new day it is known";
    ASSERT_TRUE(set_partition_note(partition, kPlainRows, 0));
    ASSERT_TRUE(partition.execute(
        R"(UPDATE spans SET attributes = '{"a":"\"x","reasoning":"s","ai.value":"s"}' WHERE id=1;)"
        R"(UPDATE spans SET attributes = '{"reasoning":"s"}' WHERE id = 2;)"
        R"(UPDATE spans SET attributes = 'reasoning' WHERE id = 3;)"));
  }
  ASSERT_TRUE(drop_content(folder.path(), day));
  EXPECT_FALSE(std::filesystem::exists(segment_path(folder.path(), 1)));
  auto partition = open_partition_to_read(folder.path(), day).value();
  auto rows = partition.prepare("SELECT coalesce(attributes, 'none') FROM spans ORDER BY id");
  std::vector<std::string> left;
  while (rows->step().value()) left.emplace_back(rows->text(0));
  EXPECT_THAT(left, ElementsAre(R"({"a":"\"x"})", "none", "reasoning", R"({"breaker":"closed"})"));
  EXPECT_EQ(partition_note(partition, kPlainRows).value(), 1);
}

TEST(DayFiles, content_of_today_is_trimmed_but_for_the_file_that_is_written) {
  const TemporaryFolder folder;
  base::ManualClock clock;
  const Day day = day_of(clock.unix_us());
  {
    auto store = TraceStore::open({.folder = folder.path()}, 1, clock).value();
    NumberedCall call(1);
    ASSERT_TRUE(store->sink(0).record(call.record()));
  }
  {
    auto partition = open_partition(folder.path(), day).value();
    ASSERT_TRUE(partition.execute("INSERT INTO segments VALUES (2, 1, 1, 1), (3, 1, 1, 1)"));
  }
  std::filesystem::copy_file(segment_path(folder.path(), 1), segment_path(folder.path(), 2));
  std::filesystem::copy_file(segment_path(folder.path(), 1), segment_path(folder.path(), 3));
  EXPECT_EQ(trim_content(folder.path(), day, 1).value(), 1);
  EXPECT_FALSE(std::filesystem::exists(segment_path(folder.path(), 1)));
  EXPECT_EQ(trim_content(folder.path(), day, 1 << 30).value(), 1);
  EXPECT_TRUE(std::filesystem::exists(segment_path(folder.path(), 3)));
  EXPECT_EQ(trim_content(folder.path(), day, 1 << 30).value(), 0);
}

class HourTableTest : public ::testing::Test {
 protected:
  std::int64_t total(const char* what) { return partition_.integer(what).value(); }
  void store(HourTable& hours, std::uint64_t number, std::string_view model, bool commit = true) {
    NumberedCall call(number);
    call.head().model_served = model;
    auto transaction = Transaction::begin(partition_).value();
    hours.add(call.record());
    ASSERT_TRUE(hours.write());
    if (commit) {
      ASSERT_TRUE(transaction.commit());
      hours.committed();
    } else {
      hours.rolled_back();
    }
  }
  const TemporaryFolder folder_;
  Database partition_ = open_partition(folder_.path(), 1).value();
};

TEST_F(HourTableTest, counts_what_was_committed_once) {
  {
    auto hours = HourTable::open(partition_).value();
    store(hours, 1, "a");
    store(hours, 2, "a", false);
    store(hours, 3, "a");
  }
  auto again = HourTable::open(partition_).value();
  store(again, 4, "a");
  EXPECT_EQ(total("SELECT count(*) FROM hours"), 1);
  EXPECT_EQ(total("SELECT calls FROM hours"), 3);
  EXPECT_EQ(total("SELECT tokens_input FROM hours"), 30);
  EXPECT_EQ(total("SELECT cost_picodollars FROM hours"), 231);
  EXPECT_EQ(total("SELECT provider = 'alpha' AND status = 'ok' AND route = 'r' FROM hours"), 1);
}

TEST_F(HourTableTest, takes_many_models_together) {
  auto hours = HourTable::open(partition_).value();
  for (std::uint64_t i = 0; i < HourTable::kGroupsMax + 50; ++i) {
    store(hours, i, "model-" + std::to_string(i));
  }
  EXPECT_EQ(total("SELECT count(*) FROM hours"), std::int64_t{HourTable::kGroupsMax} + 1);
  EXPECT_EQ(total("SELECT calls FROM hours WHERE model = '(other)'"), 50);
  EXPECT_EQ(total("SELECT sum(calls) FROM hours"), std::int64_t{HourTable::kGroupsMax} + 50);
}

}  // namespace
}  // namespace headgate::storage
