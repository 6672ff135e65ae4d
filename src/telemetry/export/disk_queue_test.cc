#include "telemetry/export/disk_queue.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <sys/resource.h>

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

std::vector<DiskQueue::Record> peek(DiskQueue& queue, std::size_t spans_max,
                                    std::size_t bytes_max) {
  auto read = queue.peek(spans_max, bytes_max);
  EXPECT_TRUE(read) << (read ? "" : read.error().detail);
  return read ? std::move(*read) : std::vector<DiskQueue::Record>{};
}

std::ptrdiff_t files(const TemporaryFolder& folder) {
  return std::distance(std::filesystem::directory_iterator(folder.path() + "/q"), {});
}

/// No file can be opened meanwhile.
class NoDescriptors {
 public:
  NoDescriptors() {
    EXPECT_EQ(::getrlimit(RLIMIT_NOFILE, &before_), 0);
    rlimit none = before_;
    none.rlim_cur = 0;
    EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  }
  ~NoDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }
  NoDescriptors(const NoDescriptors&) = delete;
  NoDescriptors& operator=(const NoDescriptors&) = delete;

 private:
  rlimit before_{};
};

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
  EXPECT_TRUE(peek(queue, 100, 1000).empty()) << "not flushed yet";
  queue.flush();
  EXPECT_EQ(queue.spans(), 20u);
  auto some = peek(queue, 6, 1000);
  ASSERT_EQ(some.size(), 3u);
  EXPECT_EQ(some[0].bytes, "record 0");
  queue.take(2, 1, ExportLoss::rejected);
  EXPECT_EQ(queue.totals().exported, 3u);
  EXPECT_EQ(queue.totals().of(ExportLoss::rejected), 1u);
  some = peek(queue, 1, 1);
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
  peek(queue, SIZE_MAX, SIZE_MAX);
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
  EXPECT_GE(files(folder), 4);
  for (int i = 0; i < 12; ++i) {
    ASSERT_EQ(peek(queue, 1, 1).size(), 1u);
    queue.take(1, 0, ExportLoss::refused);
  }
  EXPECT_EQ(files(folder), 2) << "the state and the file that is written";
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
  EXPECT_EQ(peek(queue, 100, 1000).size(), 3u);
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
  EXPECT_EQ(peek(queue, 100, 1000).at(0).bytes, "first");
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
  for (auto some = peek(queue, 10, 1); !some.empty(); some = peek(queue, 10, 1)) {
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
  ASSERT_EQ(peek(queue, 100, 1000).size(), 1u);
  queue.take(1, 0, ExportLoss::refused);
  EXPECT_TRUE(peek(queue, 100, 1000).empty());
  EXPECT_EQ(queue.totals().of(ExportLoss::damaged), 3u);
  EXPECT_EQ(queue.totals().exported, 2u);
  queue.append(bytes_of("third"), 1, {kJournal, 30}, kMuch);
  queue.flush();
  EXPECT_EQ(peek(queue, 100, 1000).at(0).bytes, "third");
}

TEST(DiskQueue, what_cannot_be_read_now_is_read_later_and_nothing_of_it_is_given_up) {
  const TemporaryFolder folder;
  DiskQueue queue = open(folder);
  const std::string record(DiskQueue::kSegmentBytes / 2, 'x');
  for (int i = 0; i < 6; ++i) {
    queue.append(bytes_of(record), 10, {kJournal, 1}, kMuch);
    queue.flush();
  }
  const std::uint64_t bytes = queue.bytes();
  {
    const NoDescriptors meanwhile;
    const auto read = queue.peek(SIZE_MAX, SIZE_MAX);
    ASSERT_FALSE(read);
    EXPECT_NE(read.error().detail.find("00000001.queue: cannot read"), std::string::npos);
  }
  EXPECT_EQ(queue.spans(), 60u);
  EXPECT_EQ(queue.bytes(), bytes);
  EXPECT_EQ(queue.totals().of(ExportLoss::damaged), 0u);
  ASSERT_EQ(peek(queue, 10, SIZE_MAX).size(), 1u) << "the first file is open from now on";
  {
    const NoDescriptors meanwhile;
    EXPECT_EQ(peek(queue, SIZE_MAX, SIZE_MAX).size(), 2u) << "those in front of what fails";
  }
  EXPECT_EQ(peek(queue, SIZE_MAX, SIZE_MAX).size(), 6u);
  queue.take(6, 0, ExportLoss::refused);
  EXPECT_EQ(queue.totals().exported, 60u);
}

// A folder under a file's name: it is there, and cannot be read.
TEST(DiskQueue, does_not_begin_over_what_it_cannot_read) {
  const TemporaryFolder folder;
  {
    DiskQueue queue = open(folder);
    queue.append(bytes_of("first"), 2, {kJournal, 10}, kMuch);
    queue.flush();
  }
  std::filesystem::create_directory(folder.path() + "/q/00000002.queue");
  const auto queue = DiskQueue::open(folder.path() + "/q");
  ASSERT_FALSE(queue);
  EXPECT_NE(queue.error().detail.find("00000002.queue"), std::string::npos);
}

TEST(DiskQueue, files_that_damage_ends_are_removed_too) {
  const TemporaryFolder folder;
  DiskQueue queue = open(folder);
  const std::string record(DiskQueue::kSegmentBytes / 2, 'x');
  for (int i = 0; i < 6; ++i) {
    queue.append(bytes_of(record), 10, {kJournal, 1}, kMuch);
    queue.flush();
  }
  ASSERT_EQ(files(folder), 4) << "the state and two records a file";
  for (const char* const segment : {"/q/00000001.queue", "/q/00000003.queue"}) {
    std::string bytes = read_file(folder.path() + segment);
    bytes.back() ^= 1;
    write_file(folder.path() + segment, bytes);
  }
  ASSERT_EQ(peek(queue, 10, SIZE_MAX).size(), 1u);
  queue.take(1, 0, ExportLoss::refused);
  EXPECT_EQ(files(folder), 4);
  ASSERT_EQ(peek(queue, 10, SIZE_MAX).size(), 1u);
  EXPECT_EQ(files(folder), 3) << "the rest of the first is damaged";
  queue.take(1, 0, ExportLoss::refused);
  while (!peek(queue, 10, SIZE_MAX).empty()) queue.take(1, 0, ExportLoss::refused);
  EXPECT_EQ(files(folder), 2);
  EXPECT_EQ(queue.totals().exported, 40u);
  EXPECT_EQ(queue.totals().of(ExportLoss::damaged), 20u);
  EXPECT_EQ(queue.bytes(), 0u);
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
      const auto some = peek(*queue, *rc::gen::inRange<std::size_t>(1, 10), 8000);
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
