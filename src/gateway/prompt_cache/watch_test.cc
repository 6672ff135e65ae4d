#include "gateway/prompt_cache/watch.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace headgate::gateway {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

// A provider's cache, as its usage objects show it.
class PromptCacheWatchTest : public testing::Test {
 protected:
  struct Said {
    std::int64_t input = 20'000;
    std::int64_t cached = 0;
    std::int64_t written = 0;
    std::int64_t written_long = 0;
  };

  static std::string prompt(const std::vector<std::string>& turns, const std::string& front = {}) {
    std::string out = "{" + front + R"("messages":[)";
    for (std::size_t i = 0; i < turns.size(); ++i) {
      out += (i == 0 ? "\"" : ",\"") + turns[i] + "\"";
    }
    return out + "]}";
  }

  // A call that began and ended now.
  std::optional<CacheOutcome> call(const std::string& body, Said said) {
    return watch_.on_call(asked(body, said), clock_.now());
  }
  CacheableCall asked(const std::string& body, Said said) {
    clock_.advance(base::seconds(1));
    CacheableCall out;
    out.model = "public";
    out.provider = "p";
    out.upstream_model = "m-1";
    out.tenant = tenant_;
    out.body = body;
    out.begun = clock_.now();
    out.usage.input = said.input;
    out.usage.cached = said.cached;
    out.usage.cache_write = said.written;
    out.usage.cache_write_long = said.written_long;
    out.asks_for_caching = marked_;
    out.needs_marks = true;
    return out;
  }
  static void expect(const std::optional<CacheOutcome>& outcome, std::int64_t expected,
                     std::int64_t read, CacheMiss miss) {
    ASSERT_TRUE(outcome);
    EXPECT_EQ(outcome->expected, expected);
    EXPECT_EQ(outcome->read, read);
    EXPECT_EQ(name(outcome->miss), name(miss));
  }

  base::ManualClock clock_;
  PromptCacheWatch watch_{7};
  std::string tenant_ = "t";
  bool marked_ = true;
};

TEST_F(PromptCacheWatchTest, AConversationIsExpectedToReadWhatWasReadAndWritten) {
  EXPECT_FALSE(call(prompt({"s", "a"}), {.written = 2000}));
  expect(call(prompt({"s", "a", "b", "c"}), {.cached = 2000, .written = 500}), 2000, 2000,
         CacheMiss::none);
  expect(call(prompt({"s", "a", "b", "c", "d", "e"}), {.cached = 2500}), 2500, 2500,
         CacheMiss::none);
  expect(call(prompt({"s", "a", "b", "c", "d", "e", "f"}), {.cached = 0, .written = 3000}), 2500, 0,
         CacheMiss::not_cached);
  expect(call(prompt({"s", "a", "b", "c", "d", "e", "f", "g"}), {.cached = 1500}), 3000, 1500,
         CacheMiss::not_cached);
}

TEST_F(PromptCacheWatchTest, ASharedBeginningIsExpectedWhenItWasOnceRead) {
  EXPECT_FALSE(call(prompt({"system", "a"}), {.written = 2000}));
  EXPECT_FALSE(call(prompt({"system", "b"}), {.written = 2000})) << "nobody said where a mark was";
  EXPECT_FALSE(call(prompt({"system", "c"}), {.cached = 1800, .written = 200}));
  expect(call(prompt({"system", "d"}), {.cached = 1800}), 1800, 1800, CacheMiss::none);
  expect(call(prompt({"system", "e"}), {.cached = 0}), 1800, 0, CacheMiss::not_cached);
  EXPECT_FALSE(call(prompt({"other", "e"}), {.cached = 0}));
}

TEST_F(PromptCacheWatchTest, ProvidersThatDoNotSayWhatTheyWroteAreKnownByTheirReads) {
  marked_ = false;
  EXPECT_FALSE(call(prompt({"s", "a"}), {}));
  EXPECT_FALSE(call(prompt({"s", "a", "b"}), {.cached = 1024})) << "the first we hear of it";
  expect(call(prompt({"s", "a", "b", "c"}), {.cached = 2048}), 1024, 1024, CacheMiss::none);
  expect(call(prompt({"s", "a", "b", "c", "d"}), {.cached = 2048}), 2048, 2048, CacheMiss::none);
}

TEST_F(PromptCacheWatchTest, WhatPrecedesTheTurnsMayNotChange) {
  const std::string tools = R"("tools":["a","b"],)";
  const std::string shuffled = R"("tools":["b","a"],)";
  call(prompt({"u1", "a1", "u2"}, tools), {.written = 4000});
  expect(call(prompt({"u1", "a1", "u2", "a2", "u3"}, shuffled), {.written = 4100}), 4000, 0,
         CacheMiss::prefix_changed);
  expect(call(prompt({"u1", "a1", "u2", "a2", "u3", "a3"}, shuffled), {.cached = 4100}), 4100, 4100,
         CacheMiss::none);
}

TEST_F(PromptCacheWatchTest, HistoryMayNotChangeEither) {
  call(prompt({"s", "u1", "a1", "u2"}), {.written = 4000});
  expect(call(prompt({"s", "u1, shortened", "a1", "u2", "a2"}), {.input = 3000, .written = 3000}),
         3000, 0, CacheMiss::prefix_changed);
}

TEST_F(PromptCacheWatchTest, PrefixesExpire) {
  call(prompt({"s", "a"}), {.written = 2000});
  clock_.advance(minutes(6));
  expect(call(prompt({"s", "a", "b"}), {.written = 2100}), 2000, 0, CacheMiss::expired);
  clock_.advance(minutes(6));
  expect(call(prompt({"s", "a", "b", "c"}), {.cached = 2100}), 2100, 2100,
         CacheMiss::none);  // a provider may keep it longer
  clock_.advance(hours(2));
  EXPECT_FALSE(call(prompt({"s", "a", "b", "c"}), {.written = 2100})) << "forgotten";
}

TEST_F(PromptCacheWatchTest, WhatIsSentAgainAndAgainDoesNotExpire) {
  call(prompt({"s", "a"}), {.written = 2000});
  for (int i = 0; i < 3; ++i) {
    clock_.advance(minutes(3));
    expect(call(prompt({"s", "a"}), {}), 2000, 0, CacheMiss::not_cached);
  }
}

TEST_F(PromptCacheWatchTest, NorDoesTheBeginningOfIt) {
  for (const char* turn : {"a", "b"}) call(prompt({"system", turn}), {.cached = 1800});
  for (int i = 0; i < 3; ++i) {
    clock_.advance(minutes(3));
    expect(call(prompt({"system", "c", "d"}), {}), 1800, 0, CacheMiss::not_cached);
  }
}

TEST_F(PromptCacheWatchTest, WrittenForAnHourIsKeptForAnHour) {
  call(prompt({"s", "a"}), {.written = 2000, .written_long = 2000});
  clock_.advance(minutes(50));
  expect(call(prompt({"s", "a", "b"}), {}), 2000, 0, CacheMiss::not_cached);
}

TEST_F(PromptCacheWatchTest, LostMarksAreNamed) {
  call(prompt({"s", "a"}), {.written = 2000});
  marked_ = false;
  expect(call(prompt({"s", "a", "b"}), {}), 2000, 0, CacheMiss::not_marked);
}

TEST_F(PromptCacheWatchTest, ExpectationsEndAnHourAfterTheProviderLastCached) {
  call(prompt({"s", "a"}), {.written = 2000});
  for (int i = 0; i < 19; ++i) {
    clock_.advance(minutes(3));
    EXPECT_TRUE(call(prompt({"s", "a"}), {}));
  }
  clock_.advance(minutes(3));
  EXPECT_FALSE(call(prompt({"s", "a"}), {}));
}

TEST_F(PromptCacheWatchTest, CallsThatBeganBeforeCouldNotRead) {
  const std::string body = prompt({"s", "a"});
  const auto first = asked(body, {.written = 2000});
  const auto second = asked(body, {.written = 2000});
  clock_.advance(base::seconds(5));
  EXPECT_FALSE(watch_.on_call(first, clock_.now()));
  EXPECT_FALSE(watch_.on_call(second, clock_.now()));
  expect(call(body, {.cached = 2000}), 2000, 2000, CacheMiss::none);
}

TEST_F(PromptCacheWatchTest, TenantsAndShortOrHugePromptsAreApart) {
  call(prompt({"s", "a"}), {.written = 2000});
  EXPECT_FALSE(call(prompt({"s", "a"}), {.input = 1000}));
  const std::string huge = prompt({"s", "a", std::string(2 << 20, 'x')});
  EXPECT_FALSE(call(huge, {.input = 500'000}));
  tenant_ = "other";
  EXPECT_FALSE(call(prompt({"s", "a"}), {.written = 2000}));
}

TEST_F(PromptCacheWatchTest, WhereNobodyCachesNothingIsKept) {
  marked_ = false;
  EXPECT_FALSE(call(prompt({"s", "a"}), {}));
  EXPECT_FALSE(call(prompt({"s", "a", "b"}), {.cached = 1024}));
  EXPECT_FALSE(call(prompt({"s", "a"}), {})) << "was not looked at when it was first sent";
}

TEST_F(PromptCacheWatchTest, ASmallTableForgetsTheOldest) {
  PromptCacheWatch small(7, {.entries_max = 8});
  const std::string body = prompt({"s", "a"});
  const auto first = asked(body, {.written = 2000});
  EXPECT_FALSE(small.on_call(first, clock_.now()));
  for (int i = 0; i < 10; ++i) {
    const std::string other = prompt({"x" + std::to_string(i), "a"});
    EXPECT_FALSE(small.on_call(asked(other, {.written = 2000}), clock_.now()));
  }
  EXPECT_FALSE(small.on_call(asked(body, {.cached = 2000}), clock_.now()));
}

TEST_F(PromptCacheWatchTest, IsSafeFromManyThreads) {
  std::vector<std::thread> threads;
  const base::MonoTime now = clock_.now();
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([this, now, t] {
      CacheableCall one;
      one.model = "public";
      one.provider = "p";
      one.tenant = t % 2 == 0 ? "a" : "b";
      one.begun = now;
      one.usage.input = 5000;
      one.usage.cached = 2000;
      std::vector<std::string> turns;
      for (int i = 0; i < 50; ++i) {
        turns.push_back(std::to_string(i));
        const std::string body = prompt(turns);
        one.body = body;
        watch_.on_call(one, now);
        watch_.take_alarm_changes(now);
      }
    });
  }
  for (auto& thread : threads) thread.join();
}

TEST_F(PromptCacheWatchTest, TheAlarmIsRaisedOnceAndLowered) {
  watch_.set_alarm({50, 5});
  const std::string body = prompt({"s", "a"});
  const auto changes = [&] { return watch_.take_alarm_changes(clock_.now()); };
  call(body, {.written = 2000});
  EXPECT_TRUE(changes().empty());
  for (int i = 0; i < 5; ++i) call(body, {.cached = 2000});
  auto told = changes();
  ASSERT_EQ(told.size(), 1u);
  EXPECT_TRUE(told[0].is_new);
  EXPECT_FALSE(told[0].raised);
  for (int i = 0; i < 2; ++i) call(body, {.written = 2000});
  EXPECT_TRUE(changes().empty()) << "three fifths are read";
  call(body, {.written = 2000});
  told = changes();
  ASSERT_EQ(told.size(), 1u);
  EXPECT_TRUE(told[0].raised);
  EXPECT_EQ(told[0].model, "public");
  EXPECT_EQ(told[0].provider, "p");
  EXPECT_EQ(told[0].reason, CacheMiss::not_cached);
  EXPECT_EQ(told[0].expected, 10'000);
  EXPECT_EQ(told[0].read, 4000);
  EXPECT_TRUE(changes().empty());
  for (int i = 0; i < 3; ++i) call(body, {.cached = 2000});
  EXPECT_TRUE(changes().empty()) << "not well above it";
  call(body, {.cached = 2000});
  told = changes();
  ASSERT_EQ(told.size(), 1u);
  EXPECT_FALSE(told[0].raised);
}

TEST_F(PromptCacheWatchTest, AnAlarmLastsWhileReadsAreExpected) {
  clock_.advance(hours(3));
  watch_.set_alarm({50, 5});
  const std::string body = prompt({"s", "a"});
  for (int i = 0; i < 6; ++i) call(body, {.written = 2000});
  const auto told = watch_.take_alarm_changes(clock_.now());
  ASSERT_EQ(told.size(), 1u);
  EXPECT_TRUE(told[0].raised);
  clock_.advance(minutes(50));
  EXPECT_TRUE(watch_.take_alarm_changes(clock_.now()).empty());
}

TEST_F(PromptCacheWatchTest, AnAlarmEndsWhenItIsSwitchedOffOrNothingIsExpectedAnyMore) {
  const std::string body = prompt({"s", "a"});
  for (const bool off : {true, false}) {
    watch_.set_alarm({50, 5});
    for (int i = 0; i < 6; ++i) call(body, {.written = 2000});
    auto told = watch_.take_alarm_changes(clock_.now());
    ASSERT_EQ(told.size(), 1u);
    EXPECT_TRUE(told[0].raised);
    if (off) watch_.set_alarm({0, 5});
    if (!off) clock_.advance(hours(2));
    told = watch_.take_alarm_changes(clock_.now());
    ASSERT_EQ(told.size(), 1u);
    EXPECT_FALSE(told[0].raised);
  }
}

}  // namespace
}  // namespace headgate::gateway
