#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "resilience/bulkhead.h"

namespace headgate::resilience {
namespace {

using base::Duration;
using base::milliseconds;
using base::MonoTime;
using base::seconds;

enum class Fate { waiting, holding, done };

/// A random history beside a plain account of what became of every ticket.
class History {
 public:
  explicit History(const BulkheadRules& rules) : rules_(rules), bulkhead_(rules) {}

  void step() {
    switch (*rc::gen::inRange(0, 8)) {
      case 0:
      case 1:
      case 2:
      case 3: enter(); break;
      case 4: abandon(); break;
      case 5: now_ += milliseconds(*rc::gen::inRange(0, 3'000)); break;
      default: leave();
    }
    settle();
  }

  void finish() {
    while (const auto ticket = any(Fate::holding)) {
      fates_[*ticket] = Fate::done;
      bulkhead_.leave(*ticket, now_);
      settle();
    }
    for (const auto& [ticket, fate] : fates_) RC_ASSERT(fate == Fate::done);
    RC_ASSERT(bulkhead_.in_use() == 0);
    RC_ASSERT(bulkhead_.queued() == 0);
  }

 private:
  std::optional<std::uint64_t> any(Fate fate) {
    std::vector<std::uint64_t> of;
    for (const auto& [ticket, is] : fates_) {
      if (is == fate) of.push_back(ticket);
    }
    if (of.empty()) return std::nullopt;
    return of[*rc::gen::inRange<std::size_t>(0, of.size())];
  }

  void enter() {
    const std::string tenant(1, static_cast<char>('a' + *rc::gen::inRange(0, 4)));
    const bool room = bulkhead_.in_use() < rules_.limit;
    const auto got =
        bulkhead_.enter(tenant, now_, now_ + milliseconds(*rc::gen::inRange(0, 10'000)));
    if (got.entry == Entry::refused) return;
    RC_ASSERT((got.entry == Entry::granted) == room);
    RC_ASSERT(got.ticket != 0u);
    RC_ASSERT(!fates_.contains(got.ticket));
    fates_[got.ticket] = room ? Fate::holding : Fate::waiting;
  }

  void leave() {
    if (const auto ticket = any(Fate::holding)) {
      bulkhead_.leave(*ticket, now_);
      fates_[*ticket] = Fate::done;
    }
    if (const auto ticket = any(Fate::done)) bulkhead_.leave(*ticket, now_);  // again: nothing
  }

  void abandon() {
    if (const auto ticket = any(Fate::waiting)) {
      RC_ASSERT(bulkhead_.abandon(*ticket));
      fates_[*ticket] = Fate::done;
    }
    if (const auto ticket = any(Fate::holding)) RC_ASSERT(!bulkhead_.abandon(*ticket));
    if (const auto ticket = any(Fate::done)) RC_ASSERT(!bulkhead_.abandon(*ticket));
  }

  /// Admits whom it can and compares.
  void settle() {
    gone();
    while (const auto ticket = bulkhead_.next(now_)) {
      RC_ASSERT(fates_.at(ticket->id) == Fate::waiting);
      fates_[ticket->id] = Fate::holding;
    }
    gone();
    const auto count = [this](Fate fate) {
      return std::count_if(fates_.begin(), fates_.end(),
                           [fate](const auto& of) { return of.second == fate; });
    };
    RC_ASSERT(bulkhead_.in_use() == count(Fate::holding));
    RC_ASSERT(bulkhead_.queued() == count(Fate::waiting));
    RC_ASSERT(bulkhead_.in_use() <= rules_.limit);
    RC_ASSERT(bulkhead_.queued() <= rules_.queue_max);
    RC_ASSERT(bulkhead_.queued() == 0 || bulkhead_.in_use() == rules_.limit);  // no idle slot
  }

  void gone() {
    for (const auto ticket : bulkhead_.expired()) {
      RC_ASSERT(fates_.at(ticket) == Fate::waiting);
      fates_[ticket] = Fate::done;
    }
  }

  BulkheadRules rules_;
  Bulkhead bulkhead_;
  MonoTime now_{seconds(100)};
  std::map<std::uint64_t, Fate> fates_;
};

RC_GTEST_PROP(BulkheadProperty, EveryTicketEndsOnceAndTheLimitHolds, ()) {
  History history({.limit = *rc::gen::inRange(1, 5), .queue_max = *rc::gen::inRange(0, 8)});
  const int steps = *rc::gen::inRange(1, 200);
  for (int i = 0; i < steps; ++i) history.step();
  history.finish();
}

/// However long the lines of others are, a newcomer without a slot is admitted after at most one
/// of each other tenant.
RC_GTEST_PROP(BulkheadProperty, ANewcomerWaitsForOneOfEachOther, ()) {
  constexpr MonoTime kNow{seconds(100)};
  const int tenants = *rc::gen::inRange(1, 6);
  const int limit = *rc::gen::inRange(1, 9);
  Bulkhead bulkhead({.limit = limit, .queue_max = 60});
  std::vector<std::uint64_t> held;
  for (int i = 0; i < limit + 60; ++i) {
    const std::string tenant = "heavy" + std::to_string(*rc::gen::inRange(0, tenants));
    const auto got = bulkhead.enter(tenant, kNow, MonoTime::max());
    if (got.entry == Entry::granted) held.push_back(got.ticket);
  }
  const auto light = bulkhead.enter("light", kNow, MonoTime::max());
  RC_ASSERT(light.entry == Entry::queued);  // though the queue was full
  int before = 0;
  while (true) {
    const std::size_t i = *rc::gen::inRange<std::size_t>(0, held.size());
    bulkhead.leave(held[i], kNow);
    const auto next = bulkhead.next(kNow);
    RC_ASSERT(next.has_value());
    if (next->id == light.ticket) break;
    held[i] = next->id;
    RC_ASSERT(++before <= tenants);
  }
}

/// Ten times the load does not get ten times the slots: both always have work, both get half.
TEST(BulkheadFairness, TenTimesTheLoadGetsHalf) {
  MonoTime now{seconds(100)};
  Bulkhead bulkhead({.limit = 4, .queue_max = 44});
  std::map<std::uint64_t, char> tenant_of;
  std::vector<std::uint64_t> held;
  std::map<char, int> served;
  const auto enter = [&](char tenant) {
    const auto got = bulkhead.enter(std::string(1, tenant), now, MonoTime::max());
    if (got.entry == Entry::refused) return;
    tenant_of[got.ticket] = tenant;
    if (got.entry == Entry::granted) held.push_back(got.ticket);
  };
  for (int round = 0; round < 2'000; ++round) {
    for (int i = 0; i < 10; ++i) enter('h');
    enter('l');
    now += milliseconds(100);
    bulkhead.leave(held.front(), now);
    held.erase(held.begin());
    const auto next = bulkhead.next(now);
    ASSERT_TRUE(next);
    held.push_back(next->id);
    ++served[tenant_of.at(next->id)];
  }
  EXPECT_NEAR(served['h'], 1'000, 5);
  EXPECT_NEAR(served['l'], 1'000, 5);
}

}  // namespace
}  // namespace headgate::resilience
