#include "resilience/bulkhead.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace headgate::resilience {
namespace {

using base::Duration;
using base::milliseconds;
using base::MonoTime;
using base::seconds;

constexpr MonoTime kNow{seconds(100)};
constexpr MonoTime kNever = MonoTime::max();

std::uint64_t granted(Bulkhead& bulkhead, std::string_view tenant, MonoTime now = kNow) {
  const Admission got = bulkhead.enter(tenant, now, kNever);
  EXPECT_EQ(got.entry, Entry::granted);
  return got.ticket;
}

std::uint64_t queued(Bulkhead& bulkhead, std::string_view tenant, MonoTime deadline = kNever) {
  const Admission got = bulkhead.enter(tenant, kNow, deadline);
  EXPECT_EQ(got.entry, Entry::queued);
  return got.ticket;
}

/// The ticket that is admitted now; 0: none.
std::uint64_t admitted(Bulkhead& bulkhead, MonoTime now = kNow) {
  const auto ticket = bulkhead.next(now);
  return ticket ? ticket->id : 0;
}

TEST(Bulkhead, GrantsUpToItsLimitThenQueuesThenRefuses) {
  Bulkhead b({.limit = 2, .queue_max = 1});
  const auto first = granted(b, "a");
  granted(b, "a");
  const auto waiting = queued(b, "a");
  EXPECT_EQ(b.enter("a", kNow, kNever).entry, Entry::refused);
  EXPECT_EQ(b.in_use(), 2);
  EXPECT_EQ(b.queued(), 1);
  EXPECT_FALSE(b.next(kNow));
  b.leave(first, kNow);
  const auto next = b.next(kNow + seconds(1));
  ASSERT_TRUE(next);
  EXPECT_EQ(next->id, waiting);
  EXPECT_EQ(next->waited, seconds(1));
  EXPECT_FALSE(b.next(kNow));
}

TEST(Bulkhead, WithoutALimitGrantsEverybodyWithoutAQueueRefusesTheRest) {
  Bulkhead unlimited;
  for (int i = 0; i < 1'000; ++i) granted(unlimited, std::to_string(i));
  Bulkhead b({.limit = 1});
  granted(b, "a");
  EXPECT_EQ(b.enter("b", kNow, kNever).entry, Entry::refused);
}

TEST(Bulkhead, LinesTakeTurns) {
  Bulkhead b({.limit = 1, .queue_max = 10});
  auto holder = granted(b, "z");
  const auto a1 = queued(b, "a"), a2 = queued(b, "a"), a3 = queued(b, "a");
  const auto b1 = queued(b, "b"), c1 = queued(b, "c"), b2 = queued(b, "b");
  for (const auto want : {a1, b1, c1, a2, b2, a3}) {
    b.leave(holder, kNow);
    holder = admitted(b);
    EXPECT_EQ(holder, want);
  }
}

TEST(Bulkhead, ATenantAtItsShareWaitsForOneThatIsBelow) {
  Bulkhead b({.limit = 4, .queue_max = 10});
  std::vector<std::uint64_t> held;
  for (int i = 0; i < 4; ++i) held.push_back(granted(b, "a"));  // nobody waits: all may be its own
  const auto a5 = queued(b, "a");
  const auto b1 = queued(b, "b"), b2 = queued(b, "b"), b3 = queued(b, "b");
  for (const auto want : {b1, b2}) {  // the share of both is 2; a's line was first
    b.leave(held.back(), kNow);
    held.pop_back();
    EXPECT_EQ(admitted(b), want);
  }
  b.leave(b1, kNow);
  EXPECT_EQ(admitted(b), b3);  // a holds 2 yet
  b.leave(held.back(), kNow);
  EXPECT_EQ(admitted(b), a5);
}

TEST(Bulkhead, SharesAreOfThoseWhoAreThere) {
  Bulkhead b({.limit = 6, .queue_max = 10});
  for (int i = 0; i < 50; ++i) b.leave(granted(b, "visitor" + std::to_string(i)), kNow);
  granted(b, "a");
  std::vector<std::uint64_t> held;
  for (int i = 0; i < 5; ++i) held.push_back(granted(b, "z"));
  const auto a2 = queued(b, "a");
  queued(b, "b");
  b.leave(held[0], kNow);
  EXPECT_EQ(admitted(b), a2);  // a share is 2
}

TEST(Bulkhead, NobodyOvertakesThoseWhoWait) {
  Bulkhead b({.limit = 1, .queue_max = 10});
  const auto holder = granted(b, "a");
  const auto first = queued(b, "a");
  b.leave(holder, kNow);
  queued(b, "b");  // though a slot is free
  EXPECT_EQ(admitted(b), first);
}

TEST(Bulkhead, NoSlotStaysEmptyBecauseAllHoldTheirShare) {
  Bulkhead b({.limit = 3, .queue_max = 10});
  const auto a1 = granted(b, "a");
  granted(b, "b");
  granted(b, "b");
  const auto a2 = queued(b, "a"), a3 = queued(b, "a"), b3 = queued(b, "b");
  b.leave(a1, kNow);
  EXPECT_EQ(admitted(b), a2);
  b.leave(a2, kNow);
  b.set_limit(4);              // a share is 2
  EXPECT_EQ(admitted(b), a3);  // b has 2
  EXPECT_EQ(admitted(b), b3);  // only b waits
}

TEST(Bulkhead, RefusesAtOnceWhoWouldWaitTooLong) {
  Bulkhead b({.limit = 2, .queue_max = 100});
  const auto first = granted(b, "a");
  auto holder = granted(b, "a");
  b.leave(first, kNow + seconds(10));  // so that a slot is held for 10 s
  EXPECT_EQ(b.mean_hold(), seconds(10));
  granted(b, "a");
  const Admission late = b.enter("a", kNow, kNow + milliseconds(4'999));
  EXPECT_EQ(late.entry, Entry::refused);
  EXPECT_EQ(late.wait, seconds(5));
  EXPECT_EQ(b.enter("a", kNow, kNow + seconds(5)).entry, Entry::queued);
  EXPECT_EQ(b.enter("a", kNow, kNow + seconds(9)).wait, seconds(10));
  // Another tenant does not stand behind that whole line.
  for (int i = 0; i < 20; ++i) queued(b, "a");
  EXPECT_EQ(b.enter("b", kNow, kNever).wait, seconds(10));
  EXPECT_EQ(b.enter("a", kNow, kNow).entry, Entry::refused);
  b.leave(holder, kNow);
}

TEST(Bulkhead, PassesOverThoseWhoseDeadlineIsOver) {
  Bulkhead b({.limit = 1, .queue_max = 10});
  const auto holder = granted(b, "z");
  const auto a1 = queued(b, "a", kNow + seconds(1));
  const auto a2 = queued(b, "a", kNow + seconds(1));
  const auto b1 = queued(b, "b", kNow + seconds(9));
  b.leave(holder, kNow + seconds(1));
  EXPECT_EQ(admitted(b, kNow + seconds(1)), b1);
  EXPECT_EQ(b.expired(), std::vector<std::uint64_t>({a1, a2}));
  EXPECT_EQ(b.expired(), std::vector<std::uint64_t>());
  EXPECT_EQ(b.queued(), 0);
}

TEST(Bulkhead, WhoAbandonsLeavesFromAnywhereInTheLine) {
  Bulkhead b({.limit = 1, .queue_max = 10});
  auto holder = granted(b, "z");
  std::vector<std::uint64_t> line;
  for (int i = 0; i < 5; ++i) line.push_back(queued(b, "a"));
  for (const int gone : {0, 2, 4}) {
    EXPECT_TRUE(b.abandon(line[gone]));
    EXPECT_FALSE(b.abandon(line[gone]));
  }
  EXPECT_FALSE(b.abandon(holder));
  EXPECT_FALSE(b.abandon(0));
  EXPECT_FALSE(b.abandon(~0ull));
  for (const auto want : {line[1], line[3], std::uint64_t{0}}) {
    b.leave(holder, kNow);
    holder = admitted(b);
    EXPECT_EQ(holder, want);
  }
}

TEST(Bulkhead, AFullQueueMakesRoomForShorterLines) {
  Bulkhead b({.limit = 1, .queue_max = 4});
  granted(b, "z");
  std::vector<std::uint64_t> heavy;
  for (int i = 0; i < 4; ++i) heavy.push_back(queued(b, "heavy"));
  queued(b, "light");
  EXPECT_EQ(b.expired(), std::vector<std::uint64_t>({heavy[3]}));
  queued(b, "light");
  EXPECT_EQ(b.expired(), std::vector<std::uint64_t>({heavy[2]}));
  EXPECT_EQ(b.enter("light", kNow, kNever).entry, Entry::refused);
  EXPECT_EQ(b.enter("heavy", kNow, kNever).entry, Entry::refused);
  EXPECT_EQ(b.queued(), 4);
  EXPECT_FALSE(b.abandon(heavy[3]));
}

TEST(Bulkhead, AFullQueueMakesNoRoomForALineThatWouldBeTheLongest) {
  Bulkhead b({.limit = 1, .queue_max = 3});
  granted(b, "z");
  queued(b, "a");
  queued(b, "a");
  queued(b, "b");
  EXPECT_EQ(b.enter("b", kNow, kNever).entry, Entry::refused);
  EXPECT_EQ(b.expired(), std::vector<std::uint64_t>());
}

TEST(Bulkhead, ALimitThatChangesHoldsFromThenOn) {
  Bulkhead b({.limit = 3, .queue_max = 10});
  std::vector<std::uint64_t> held;
  for (int i = 0; i < 3; ++i) held.push_back(granted(b, "a"));
  const auto waiting = queued(b, "a");
  b.set_limit(1);
  b.leave(held[0], kNow);
  b.leave(held[1], kNow);
  EXPECT_EQ(admitted(b), 0u);
  b.leave(held[2], kNow);
  EXPECT_EQ(admitted(b), waiting);
  queued(b, "a");
  queued(b, "b");
  b.set_limit(0);
  EXPECT_NE(admitted(b), 0u);
  EXPECT_NE(admitted(b), 0u);
  EXPECT_EQ(b.queued(), 0);
}

TEST(Bulkhead, ASlotThatWasNotUsedSaysNothingAboutTheTime) {
  Bulkhead b({.limit = 1});
  b.leave(granted(b, "a"), kNow + seconds(2));
  b.give_back(granted(b, "a"));
  EXPECT_EQ(b.in_use(), 0);
  EXPECT_EQ(b.mean_hold(), seconds(2));
}

TEST(Bulkhead, AShorterQueueLetsThoseInItWait) {
  Bulkhead b({.limit = 1, .queue_max = 2});
  const auto holder = granted(b, "a");
  const auto waiting = queued(b, "a");
  b.set_queue_max(0);
  EXPECT_EQ(b.enter("a", kNow, kNever).entry, Entry::refused);
  b.leave(holder, kNow);
  EXPECT_EQ(admitted(b), waiting);
}

TEST(Bulkhead, ASlotIsGivenBackOnce) {
  Bulkhead b({.limit = 2, .queue_max = 1});
  const auto first = granted(b, "a");
  granted(b, "a");
  const auto waiting = queued(b, "a");
  b.leave(first, kNow);
  b.leave(first, kNow);
  b.leave(waiting, kNow);  // has none yet
  b.leave(12345, kNow);
  EXPECT_EQ(b.in_use(), 1);
}

}  // namespace
}  // namespace headgate::resilience
