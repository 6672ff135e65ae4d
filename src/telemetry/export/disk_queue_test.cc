#include "telemetry/export/disk_queue.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <deque>
#include <filesystem>
#include <fstream>
#include <optional>

#include "telemetry/export/temporary_folder.h"

namespace headgate::telemetry {
namespace {

constexpr std::uint64_t kMuch = std::uint64_t{1} << 40;
constexpr std::int64_t kJournal = 7;

std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text));
}

DiskQueue open(const TemporaryFolder& folder) {
  auto queue = DiskQueue::open(folder.path() + "/q");
  EXPECT_TRUE(queue) << (queue ? "" : queue.error().detail);
  return std::move(*queue);
}

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void write_file(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

TEST(DiskQueue, gives_back_in_order_what_it_was_given) {
  const TemporaryFolder folder;
  DiskQueue queue = open(folder);
  for (int i = 0; i < 10; ++i) {
    queue.append(bytes_of("record " + std::to_string(i)), 2,
                 {kJournal, static_cast<std::uint64_t>(100 + i)}, kMuch);
  }
  EXPECT_TRUE(queue.peek(100, 1000).empty()) << "not flushed yet";
  queue.flush();
  EXPECT_EQ(queue.spans(), 20u);
  auto some = queue.peek(6, 1000);
  ASSERT_EQ(some.size(), 3u);
  EXPECT_EQ(some[0].bytes, "record 0");
  queue.take(2, 1, ExportLoss::rejected);
  EXPECT_EQ(queue.totals().exported, 3u);
  EXPECT_EQ(queue.totals().of(ExportLoss::rejected), 1u);
  some = queue.peek(1, 1);
  ASSERT_EQ(some.size(), 1u) << "one, however large";
  EXPECT_EQ(some[0].bytes, "record 2");
  EXPECT_EQ(queue.next_of(kJournal), 109u);
}

TEST(DiskQueue, drops_what_does_not_fit_and_nothing_that_was_taken) {
  const TemporaryFolder folder;
  DiskQueue queue = open(folder);
  const std::string record(1000, 'x');
  for (int i = 0; i < 100; ++i) {
    queue.append(bytes_of(record), 3, {kJournal, 1}, 10'500);
    queue.flush();
  }
  EXPECT_EQ(queue.spans(), 30u);
  EXPECT_EQ(queue.totals().of(ExportLoss::queue_full), 270u);
  EXPECT_LE(queue.bytes(), 10'500u);
  queue.peek(SIZE_MAX, SIZE_MAX);
  queue.take(10, 0, ExportLoss::refused);
  EXPECT_EQ(queue.totals().exported, 30u);
  EXPECT_EQ(queue.bytes(), 0u);
  queue.append(bytes_of(record), 3, {kJournal, 1}, 10'500);
  queue.flush();
  EXPECT_EQ(queue.spans(), 3u) << "room again";
}

TEST(DiskQueue, takes_nothing_behind_what_it_dropped_before_that_is_on_disk) {
  const TemporaryFolder folder;
  DiskQueue queue = open(folder);
  queue.append(bytes_of(std::string(5000, 'x')), 1, {kJournal, 1}, 1000);
  queue.append(bytes_of("small"), 1, {kJournal, 2}, 1000);
  queue.flush();
  EXPECT_EQ(queue.spans(), 0u);
  EXPECT_EQ(queue.totals().of(ExportLoss::queue_full), 2u);
}

TEST(DiskQueue, files_that_were_read_are_removed) {
  const TemporaryFolder folder;
  DiskQueue queue = open(folder);
  const std::string record(DiskQueue::kSegmentBytes / 3, 'x');
  for (int i = 0; i < 12; ++i) {
    queue.append(bytes_of(record), 1, {kJournal, 1}, kMuch);
    queue.flush();
  }
  const auto files = [&] {
    return std::distance(std::filesystem::directory_iterator(folder.path() + "/q"), {});
  };
  EXPECT_GE(files(), 4);
  for (int i = 0; i < 12; ++i) {
    ASSERT_EQ(queue.peek(1, 1).size(), 1u);
    queue.take(1, 0, ExportLoss::refused);
  }
  EXPECT_EQ(files(), 2) << "the state and the file that is written";
  EXPECT_EQ(queue.totals().exported, 12u);
}

// What a kill leaves: the state is older than the files, by one flush.
TEST(DiskQueue, finds_what_was_written_after_the_state) {
  const TemporaryFolder folder;
  const std::string state = folder.path() + "/q/state";
  std::string older;
  {
    DiskQueue queue = open(folder);
    queue.append(bytes_of("first"), 2, {kJournal, 10}, kMuch);
    queue.flush();
    older = read_file(state);
    queue.append(bytes_of("second"), 3, {kJournal, 20}, kMuch);
    queue.append(bytes_of("third"), 1, {kJournal + 1, 5}, kMuch);
    queue.flush();
  }
  write_file(state, older);
  DiskQueue queue = open(folder);
  EXPECT_EQ(queue.spans(), 6u);
  EXPECT_EQ(queue.next_of(kJournal), 20u);
  EXPECT_EQ(queue.next_of(kJournal + 1), 5u);
  EXPECT_EQ(queue.peek(100, 1000).size(), 3u);
}

TEST(DiskQueue, starts_from_the_files_without_a_state) {
  const TemporaryFolder folder;
  {
    DiskQueue queue = open(folder);
    queue.append(bytes_of("first"), 2, {kJournal, 10}, kMuch);
    queue.flush();
  }
  write_file(folder.path() + "/q/state", "not a state");
  DiskQueue queue = open(folder);
  EXPECT_EQ(queue.spans(), 2u);
  EXPECT_EQ(queue.peek(100, 1000).at(0).bytes, "first");
}

TEST(DiskQueue, counts_what_damage_took) {
  const TemporaryFolder folder;
  {
    DiskQueue queue = open(folder);
    const std::string record(DiskQueue::kSegmentBytes / 2, 'x');
    for (int i = 0; i < 6; ++i) {
      queue.append(bytes_of(record), 10, {kJournal, 1}, kMuch);
      queue.flush();
    }
  }
  const std::string path = folder.path() + "/q/00000001.queue";
  std::string bytes = read_file(path);
  bytes[100] ^= 1;
  write_file(path, bytes);
  DiskQueue queue = open(folder);
  EXPECT_EQ(queue.spans(), 60u);
  std::uint64_t taken = 0;
  for (auto some = queue.peek(10, 1); !some.empty(); some = queue.peek(10, 1)) {
    taken += some[0].spans;
    queue.take(1, 0, ExportLoss::refused);
  }
  EXPECT_GT(taken, 0u);
  EXPECT_EQ(queue.totals().exported, taken);
  EXPECT_EQ(taken + queue.totals().of(ExportLoss::damaged), 60u);
  EXPECT_EQ(queue.spans(), 0u);
}

TEST(DiskQueue, damage_at_the_end_is_counted_too) {
  const TemporaryFolder folder;
  {
    DiskQueue queue = open(folder);
    queue.append(bytes_of("first"), 2, {kJournal, 10}, kMuch);
    queue.append(bytes_of("second"), 3, {kJournal, 20}, kMuch);
    queue.flush();
  }
  const std::string path = folder.path() + "/q/00000001.queue";
  std::string bytes = read_file(path);
  bytes.back() ^= 1;
  write_file(path, bytes);
  DiskQueue queue = open(folder);
  ASSERT_EQ(queue.peek(100, 1000).size(), 1u);
  queue.take(1, 0, ExportLoss::refused);
  EXPECT_TRUE(queue.peek(100, 1000).empty());
  EXPECT_EQ(queue.totals().of(ExportLoss::damaged), 3u);
  EXPECT_EQ(queue.totals().exported, 2u);
  queue.append(bytes_of("third"), 1, {kJournal, 30}, kMuch);
  queue.flush();
  EXPECT_EQ(queue.peek(100, 1000).at(0).bytes, "third");
}

// Any history, kills included: every span is exported, lost for a reason, or waits; what waits
// comes in order, and nothing twice but what a kill made uncertain.
RC_GTEST_PROP(DiskQueue, accounts_for_every_span, ()) {
  const TemporaryFolder folder;
  std::optional<DiskQueue> queue(open(folder));
  std::deque<std::pair<std::string, std::uint32_t>> waiting;  // flushed
  std::deque<std::pair<std::string, std::uint32_t>> pending;
  std::uint64_t appended = 0;
  std::uint64_t next = 0;
  const int steps = *rc::gen::inRange(0, 60);
  for (int i = 0; i < steps; ++i) {
    const int what = *rc::gen::inRange(0, 10);
    if (what < 5) {
      const std::string record(*rc::gen::inRange<std::size_t>(1, 4000), 'a' + i % 26);
      const auto spans = *rc::gen::inRange<std::uint32_t>(1, 5);
      const auto lost = queue->totals().of(ExportLoss::queue_full);
      queue->append(bytes_of(record), spans, {kJournal, ++next}, 20'000);
      appended += spans;
      if (queue->totals().of(ExportLoss::queue_full) == lost) pending.push_back({record, spans});
    } else if (what < 7) {
      queue->flush();
      for (auto& each : pending) waiting.push_back(std::move(each));
      pending.clear();
    } else if (what < 9) {
      const auto some = queue->peek(*rc::gen::inRange<std::size_t>(1, 10), 8000);
      RC_ASSERT(some.empty() == waiting.empty());
      for (std::size_t n = 0; n < some.size(); ++n) RC_ASSERT(some[n].bytes == waiting[n].first);
      const std::size_t count =
          some.empty() ? 0 : *rc::gen::inRange<std::size_t>(0, some.size() + 1);
      queue->take(count, 0, ExportLoss::refused);
      waiting.erase(waiting.begin(), waiting.begin() + static_cast<std::ptrdiff_t>(count));
    } else {
      queue->flush();  // what was not flushed is still in its journal
      for (auto& each : pending) waiting.push_back(std::move(each));
      pending.clear();
      queue.reset();
      queue.emplace(open(folder));
      RC_ASSERT(queue->next_of(kJournal) == next);
    }
    std::uint64_t waits = 0;
    for (const auto& each : waiting) waits += each.second;
    RC_ASSERT(queue->spans() == waits);
    std::uint64_t accounted = queue->totals().exported + waits;
    for (const auto& each : pending) accounted += each.second;
    for (const std::uint64_t lost : queue->totals().lost) accounted += lost;
    RC_ASSERT(accounted == appended);
  }
}

}  // namespace
}  // namespace headgate::telemetry
