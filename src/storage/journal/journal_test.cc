#include "storage/journal/journal.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <unistd.h>

#include <cstring>
#include <deque>
#include <fstream>
#include <string>

#include "storage/temporary_folder.h"

namespace headgate::storage {
namespace {

constexpr std::size_t kRing = Journal::kBytesMin;
constexpr std::size_t kHeader = 4096;

bool put(Journal& journal, std::string_view text) {
  std::byte* const at = journal.reserve(text.size());
  if (at == nullptr) return false;
  std::memcpy(at, text.data(), text.size());
  journal.publish();
  return true;
}

std::string text_of(const Journal::Record& record) {
  return {reinterpret_cast<const char*>(record.payload.data()), record.payload.size()};
}

// Reads everything, as the drain does.
struct Reader {
  std::uint64_t position = 0;
  int damaged = 0;

  std::deque<std::string> all(Journal& journal) {
    std::deque<std::string> out;
    position = journal.resume(position);
    for (;;) {
      const auto record = journal.read(position);
      position = record.next;
      damaged += record.skipped_damage ? 1 : 0;
      if (record.payload.empty()) return out;
      out.push_back(text_of(record));
    }
  }
};

void overwrite(const std::string& path, std::size_t offset, std::string_view bytes) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(static_cast<std::streamoff>(offset));
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  ASSERT_TRUE(file.good());
}

// Any order of writing, reading, storing and reopening: what was taken comes out, once, in order.
RC_GTEST_PROP(Journal, loses_and_repeats_nothing_over_many_laps, ()) {
  const TemporaryFolder folder;
  const std::string path = folder.file("ring");
  auto journal = Journal::create(path, kRing).value();
  std::deque<std::string> expected;
  Reader reader;
  std::uint64_t drops = 0;
  int number = 0;
  for (const int step : *rc::gen::container<std::vector<int>>(400, rc::gen::inRange(0, 20))) {
    if (step < 16) {
      const auto size = *rc::gen::inRange<std::size_t>(1, kRing / 4 + 100);
      std::string text = std::to_string(number++) + ":";
      text.resize(std::max(size, text.size()), static_cast<char>('a' + number % 26));
      if (put(journal, text)) {
        expected.push_back(text);
      } else {
        ++drops;
      }
    } else if (step < 19) {
      RC_ASSERT(reader.all(journal) == expected);
      expected.clear();
      journal.release(reader.position);
    } else {
      { const Journal gone = std::move(journal); }
      journal = Journal::open(path).value();
    }
    RC_ASSERT(journal.dropped() == drops);
  }
  RC_ASSERT(reader.all(journal) == expected);
  RC_ASSERT(reader.damaged == 0);
}

TEST(Journal, drops_and_counts_when_full_and_goes_on_after_release) {
  const TemporaryFolder folder;
  auto journal = Journal::create(folder.file("ring"), kRing).value();
  const std::string text(1000, 'x');
  std::size_t taken = 0;
  while (put(journal, text)) ++taken;
  EXPECT_EQ(taken, kRing / (RecordFrame::total(1000)));
  EXPECT_FALSE(put(journal, text));
  EXPECT_EQ(journal.dropped(), 2u);
  Reader reader;
  EXPECT_EQ(reader.all(journal).size(), taken);
  EXPECT_FALSE(put(journal, text)) << "read, but not stored";
  journal.release(reader.position);
  EXPECT_TRUE(put(journal, text));
  EXPECT_EQ(Journal::open(folder.file("ring")).value().dropped(), 3u);
}

TEST(Journal, refuses_a_record_that_would_take_most_of_it) {
  const TemporaryFolder folder;
  auto journal = Journal::create(folder.file("ring"), kRing).value();
  EXPECT_EQ(journal.reserve(kRing / 4 + 1), nullptr);
  EXPECT_NE(journal.reserve(kRing / 4), nullptr);
}

TEST(Journal, what_was_reserved_but_not_published_is_not_there) {
  const TemporaryFolder folder;
  {
    auto journal = Journal::create(folder.file("ring"), kRing).value();
    put(journal, "first");
    std::memcpy(journal.reserve(6), "second", 6);
  }
  auto journal = Journal::open(folder.file("ring")).value();
  EXPECT_EQ(Reader().all(journal), std::deque<std::string>{"first"});
}

TEST(Journal, begins_anew_when_empty_so_that_light_load_stays_in_few_pages) {
  const TemporaryFolder folder;
  constexpr std::size_t kBig = 1 << 20;
  auto journal = Journal::create(folder.file("ring"), kBig).value();
  Reader reader;
  const std::string text(4000, 'x');
  const std::byte* furthest = nullptr;
  const std::byte* const start = journal.reserve(1);
  for (int i = 0; i < 1000; ++i) {
    ASSERT_TRUE(put(journal, text));
    const auto record = journal.read(journal.resume(reader.position));
    furthest = std::max(furthest, record.payload.data());
    ASSERT_EQ(reader.all(journal), std::deque<std::string>{text});
    journal.release(reader.position);
  }
  EXPECT_LT(furthest - start, 300 * 1024);
  EXPECT_EQ(reader.damaged, 0);
}

TEST(Journal, skips_damage_and_finds_what_follows) {
  const TemporaryFolder folder;
  const std::string path = folder.file("ring");
  const std::size_t each = RecordFrame::total(100);
  {
    auto journal = Journal::create(path, kRing).value();
    for (const char c : {'a', 'b', 'c', 'd'}) put(journal, std::string(100, c));
  }
  overwrite(path, kHeader + each + 40, "!");                    // in b's payload
  overwrite(path, kHeader + 2 * each, std::string(4, '\xff'));  // c's length
  auto journal = Journal::open(path).value();
  Reader reader;
  EXPECT_EQ(reader.all(journal),
            (std::deque<std::string>{std::string(100, 'a'), std::string(100, 'd')}));
  EXPECT_EQ(reader.damaged, 1) << "one run of bytes";
}

TEST(Journal, a_record_of_an_earlier_lap_is_no_record) {
  const TemporaryFolder folder;
  const std::string path = folder.file("ring");
  {
    auto journal = Journal::create(path, kRing).value();
    Reader reader;
    for (int i = 0; i < 200; ++i) {
      put(journal, std::string(1008, 'x'));
      reader.all(journal);
      journal.release(reader.position);
    }
  }
  std::uint64_t head = 0;
  std::ifstream(path, std::ios::binary).seekg(64).read(reinterpret_cast<char*>(&head), 8);
  head += 2048;  // claims two records more than were written: the old lap's stand there
  overwrite(path, 64, {reinterpret_cast<const char*>(&head), 8});
  auto journal = Journal::open(path).value();
  Reader reader;
  EXPECT_TRUE(reader.all(journal).empty());
  EXPECT_EQ(reader.damaged, 1);
}

TEST(Journal, refuses_what_is_no_journal) {
  const TemporaryFolder folder;
  const std::string path = folder.file("ring");
  EXPECT_EQ(Journal::open(path).error().code, base::Errc::io_failed);
  { std::ofstream(path) << "hello"; }
  EXPECT_EQ(Journal::open(path).error().code, base::Errc::storage_failed);
  { std::ofstream(path) << std::string(kHeader + kRing, '\0'); }
  EXPECT_EQ(Journal::open(path).error().code, base::Errc::storage_failed);
  EXPECT_EQ(Journal::create(path, kRing).error().code, base::Errc::io_failed) << "exists";
  EXPECT_EQ(Journal::create(folder.file("other"), kRing + 1).error().code,
            base::Errc::config_invalid);
}

TEST(Journal, trimming_keeps_the_contents) {
  const TemporaryFolder folder;
  auto journal = Journal::create(folder.file("ring"), kRing).value();
  put(journal, "kept");
  journal.trim();
  EXPECT_EQ(Reader().all(journal), std::deque<std::string>{"kept"});
}

}  // namespace
}  // namespace headgate::storage
