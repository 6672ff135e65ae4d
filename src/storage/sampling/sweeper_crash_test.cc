// kill -9 after any step: a trace is there whole or not at all, and the next process goes on.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "storage/sampling/sweeper_fixture.h"

namespace headgate::storage {
namespace {

using SweeperCrash = SweeperFixture;

// Ends the process right after `point` was reached when traces have ended.
[[noreturn]] void sweep_until(TraceSweeper::Options options, const base::ManualClock& begin,
                              Day day, SweepPoint point) {
  base::ManualClock clock;
  clock.advance_to(begin.now());
  bool have_ended = false;
  options.reached = [&](SweepPoint reached) {
    if (reached == point && have_ended) ::kill(::getpid(), SIGKILL);
  };
  TraceSweeper sweeper(std::move(options), clock);
  for (int i = 0; i < 50; ++i) {
    if (!sweeper.step(day)) ::_exit(2);
    if (i != 25) continue;
    clock.advance(kQuiet);
    have_ended = true;
  }
  ::_exit(0);
}

struct Interruption {
  SweepPoint point;
  const char* name;
};

// Two days, traces in one of them and in both; killed after each step; then read as it is, and
// swept to its end by the next process.
TEST_F(SweeperCrash, an_interruption_leaves_traces_whole) {
  const std::vector<Interruption> points{{SweepPoint::exported, "exported"},
                                         {SweepPoint::deleted, "deleted"},
                                         {SweepPoint::deleted_elsewhere, "elsewhere"},
                                         {SweepPoint::cleared, "cleared"},
                                         {SweepPoint::freed, "freed"}};
  std::uint64_t next = 1;
  for (const Interruption& at : points) {
    const std::uint64_t first = next;
    next += 1000;
    {
      TraceSweeper sweeper(options(), clock_);
      SweptWriter writer(folder_, day_);
      sweep(sweeper);
      for (std::uint64_t i = 0; i < 60; ++i) store(writer, first + i, first + i);
      sweep(sweeper);
      writer.go_to(++day_);
      clock_.advance(base::seconds(1));
      for (std::uint64_t i = 0; i < 30; ++i) store(writer, first + i, first + 100 + i);
      for (std::uint64_t i = 60; i < 90; ++i) store(writer, first + i, first + i);
      store(writer, first + 91, first + 91, base::Errc::overloaded);
    }
    const pid_t child = ::fork();
    if (child == 0) {
      auto with_exports = options();
      with_exports.exports = [](const telemetry::ExchangeRecord&) { return true; };
      sweep_until(std::move(with_exports), clock_, day_, at.point);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status)) << at.name << " was never reached";
    ASSERT_TRUE(finish_removals(folder_.path()));
    const auto left = stored();  // with their content
    for (std::uint64_t i = 0; i < 30; ++i) {
      EXPECT_EQ(left.contains(first + i), left.contains(first + 100 + i)) << at.name << " " << i;
    }
    TraceSweeper sweeper(options(), clock_);
    end_all(sweeper);
    const auto after = stored();
    for (std::uint64_t i = 0; i < 90; ++i) {
      EXPECT_EQ(after.contains(first + i), lucky(first + i)) << at.name << " " << i;
      EXPECT_EQ(after.contains(first + 100 + i), i < 30 && lucky(first + i)) << at.name;
    }
    EXPECT_TRUE(after.contains(first + 91));
    EXPECT_EQ(on_disk(), after) << at.name;
  }
}

}  // namespace
}  // namespace headgate::storage
