// kill -9 at any moment: every call whose sink had said yes is in the database after the next
// start, once.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <map>
#include <set>
#include <thread>

#include "base/random.h"
#include "storage/partitions/schema.h"
#include "storage/temporary_folder.h"
#include "storage/traces/numbered_call.h"
#include "storage/traces/trace_reader.h"
#include "storage/traces/trace_store.h"

namespace headgate::storage {
namespace {

constexpr std::size_t kLoops = 2;

StorageOptions options_for(const TemporaryFolder& folder) {
  return {.folder = folder.path(),
          .journal_bytes = std::size_t{1} << 18,
          .retention_days = 0,
          .commit_interval = base::milliseconds(2)};
}

// Never returns: records call after call and says so on `pipe` once each is taken.
[[noreturn]] void record_until_killed(const TemporaryFolder& folder, int pipe,
                                      std::uint64_t first) {
  const base::RealClock clock{};
  auto store = TraceStore::open(options_for(folder), kLoops, clock);
  if (!store) ::_exit(1);
  const auto loop = [&](std::uint64_t index) {
    for (std::uint64_t number = first + index;; number += kLoops) {
      NumberedCall call(number, 200 + number % 3000);
      while (!(*store)->sink(index).record(call.record())) std::this_thread::yield();
      if (::write(pipe, &number, sizeof number) != sizeof number) ::_exit(2);
    }
  };
  std::thread second(loop, 1);
  loop(0);
  ::_exit(3);
}

// Starts such a process, kills it after about `count` calls, and returns the numbers it has
// confirmed.
std::set<std::uint64_t> run_and_kill(const TemporaryFolder& folder, std::uint64_t first,
                                     std::uint64_t count) {
  int ends[2];
  if (::pipe(ends) != 0) std::abort();
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(ends[0]);
    record_until_killed(folder, ends[1], first);
  }
  ::close(ends[1]);
  std::set<std::uint64_t> confirmed;
  std::uint64_t number = 0;
  while (::read(ends[0], &number, sizeof number) == sizeof number) {
    confirmed.insert(number);
    if (confirmed.size() == count) ::kill(child, SIGKILL);
  }
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status)) << "the child ended by itself: " << WEXITSTATUS(status);
  return confirmed;
}

std::map<std::uint64_t, int> stored_counts(const TemporaryFolder& folder) {
  auto reader = TraceReader::open(folder.path()).value();
  std::map<std::uint64_t, int> counts;
  for (const auto& exchange : reader.list({{}, 10'000'000}).value().calls) {
    ++counts[std::stoull(std::string(exchange.record().request_id))];
  }
  return counts;
}

TEST(TraceStoreCrash, every_confirmed_call_is_stored_exactly_once) {
  const TemporaryFolder folder;
  base::SeededRandom random(20261123);
  std::set<std::uint64_t> confirmed;
  std::uint64_t first = 1;
  for (int round = 0; round < 20; ++round) {
    const auto now = run_and_kill(folder, first, 1 + random.below(1500));
    ASSERT_FALSE(now.empty());
    confirmed.insert(now.begin(), now.end());
    first = *confirmed.rbegin() + 1'000'000;
  }
  const base::RealClock clock{};
  auto store = TraceStore::open(options_for(folder), kLoops, clock).value();
  EXPECT_EQ(store->stats().damaged, 0u);
  store->close();
  const auto counts = stored_counts(folder);
  for (const std::uint64_t number : confirmed) ASSERT_EQ(counts.count(number), 1u) << number;
  for (const auto& [number, count] : counts) ASSERT_EQ(count, 1) << number;
  auto database = open_partition(folder.path(), day_of(clock.unix_us())).value();
  auto check = database.prepare("PRAGMA integrity_check").value();
  ASSERT_TRUE(check.step().value());
  EXPECT_EQ(check.text(0), "ok");
  // The content is there as well.
  auto reader = TraceReader::open(folder.path()).value();
  NumberedCall last(*confirmed.rbegin(), 200 + *confirmed.rbegin() % 3000);
  const Trace trace = reader.get(last.record().trace.hex()).value();
  EXPECT_EQ(trace.exchanges.at(0).record().spans[0].input, last.head().input);
}

}  // namespace
}  // namespace headgate::storage
