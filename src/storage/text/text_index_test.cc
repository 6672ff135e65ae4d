#include "storage/text/text_index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>

#include "storage/partitions/schema.h"
#include "storage/query/parser.h"
#include "storage/temporary_folder.h"
#include "storage/text/text_search.h"
#include "storage/traces/numbered_call.h"
#include "storage/traces/trace_reader.h"
#include "storage/traces/trace_store.h"

namespace headgate::storage::text {
namespace {

constexpr std::uint64_t kCalls = 500;  // two rows each: 15 chunks and some

class TextIndexTest : public ::testing::Test {
 protected:
  void SetUp() override { store(1, kCalls); }

  void store(std::uint64_t first, std::uint64_t last) {
    auto traces = TraceStore::open({.folder = folder_.path(), .text_index = false}, 1, clock_);
    for (std::uint64_t i = first; i <= last; ++i) {
      NumberedCall call(i);
      ASSERT_TRUE((*traces)->sink(0).record(call.record()));
    }
  }
  std::vector<std::string> find(std::string_view where) {
    auto reader = TraceReader::open(folder_.path()).value();
    const auto list = reader.list({query::parse(where, 0).value(), 1000}).value();
    EXPECT_EQ(list.unsearched, 0);
    std::vector<std::string> ids;
    for (const auto& call : list.calls) ids.emplace_back(call.record().request_id);
    return ids;
  }
  std::unique_ptr<TextIndexWriter> writer() {
    return TextIndexWriter::open(folder_.path(), day_).value();
  }
  // How many of the chunks that are in the index a phrase may be in.
  std::ptrdiff_t chunks(std::string_view phrase) {
    TextIndexReader reader(folder_.path(), day_);
    const auto chunks = reader.chunks_of(phrase_of(phrase));
    return chunks ? std::count(chunks->begin(), chunks->end(), true) : -1;
  }

  const TemporaryFolder folder_;
  base::ManualClock clock_;
  const Day day_ = day_of(clock_.unix_us());
};

TEST_F(TextIndexTest, narrows_down_and_never_hides) {
  EXPECT_EQ(chunks("77"), -1) << "no index: anything anywhere";
  EXPECT_THAT(find("text ~ 77"), ::testing::ElementsAre("77"));
  auto index = writer();
  ASSERT_EQ(index->pending(true, INT64_MAX).value(), 16);
  EXPECT_EQ(index->pending(false, INT64_MAX).value(), 15);
  ASSERT_TRUE(index->add(10));
  index.reset();
  index = writer();
  EXPECT_EQ(index->pending(true, INT64_MAX).value(), 6) << "goes on where it ended";
  EXPECT_EQ(chunks("77"), 1);
  EXPECT_EQ(chunks("400"), 0) << "beyond its end";
  EXPECT_EQ(chunks("fine"), 10);
  EXPECT_EQ(chunks("7*"), 2);  // 7, and 70 to 79
  EXPECT_EQ(chunks("77 fine"), 1);
  for (const auto* where : {"text ~ 77", "input ~ 77", "text ~ '77' and output ~ fine"}) {
    EXPECT_THAT(find(where), ::testing::ElementsAre("77")) << where;
  }
  EXPECT_THAT(find("text ~ 400"), ::testing::ElementsAre("400")) << "not in the index yet";
  EXPECT_THAT(find("output ~ 77"), ::testing::IsEmpty());
  EXPECT_EQ(find("not text ~ 77").size(), kCalls - 1);
  EXPECT_EQ(find("text ~ fine").size(), kCalls);
  ASSERT_TRUE(index->add(6));
  EXPECT_EQ(find("text ~ 77 or text ~ 400").size(), 2u);
}

TEST_F(TextIndexTest, says_anything_may_be_where_there_are_too_many_words) {
  WordSet words;
  for (std::size_t i = 0; i < WordSet::kWordsMax + 10; ++i) words.add("w" + std::to_string(i));
  EXPECT_TRUE(words.overflown());
  std::string many;
  for (std::size_t i = 0; i < WordSet::kWordsMax + 10; ++i) many += "w" + std::to_string(i) + " ";
  auto traces = TraceStore::open({.folder = folder_.path(), .text_index = false}, 1, clock_);
  NumberedCall call(1000);
  call.head().input = many;
  ASSERT_TRUE((*traces)->sink(0).record(call.record()));
  (*traces)->close();
  auto index = writer();
  ASSERT_TRUE(index->add(index->pending(true, INT64_MAX).value()));
  EXPECT_EQ(chunks("nowhere"), 1);
  EXPECT_THAT(find("text ~ 'w40005'"), ::testing::ElementsAre("1000"));
  EXPECT_THAT(find("text ~ nowhere"), ::testing::IsEmpty());
}

TEST_F(TextIndexTest, is_built_by_the_store_behind_the_writer) {
  store(kCalls + 1, kCalls + 10);
  clock_.advance(base::seconds(86'400));  // yesterday is finished, and so is its index
  auto traces = TraceStore::open({.folder = folder_.path()}, 1, clock_).value();
  const base::RealClock real;
  const base::MonoTime give_up = real.now() + base::seconds(20);
  while (chunks("fine") < 17 && real.now() < give_up) std::this_thread::yield();
  EXPECT_EQ(chunks("fine"), 17);
  EXPECT_EQ(traces->stats().failures, 0u);
}

TEST_F(TextIndexTest, stops_at_its_limit_and_says_what_it_left_out) {
  auto partition = open_partition_to_read(folder_.path(), day_).value();
  ScanLimit limit{.bytes_left = 10'000};
  const query::TextTerm term{query::Field::text, "fine"};
  TextSearch search(folder_.path(), day_, {term}, limit);
  ASSERT_TRUE(search.serve(partition));
  auto rows = partition.prepare(
      "SELECT count(*) FROM spans AS h WHERE span_count IS NOT NULL AND"
      " headgate_text(0, h.id, h.span_count, h.log_segment, h.log_offset, h.log_bytes)");
  ASSERT_TRUE(rows->step().value());
  const std::int64_t found = rows->integer(0);
  EXPECT_GT(found, 5);
  EXPECT_EQ(found + limit.unsearched, std::int64_t{kCalls});
}

TEST_F(TextIndexTest, counts_content_that_is_gone) {
  std::filesystem::remove(segment_path(folder_.path(), 1));
  auto reader = TraceReader::open(folder_.path()).value();
  const auto list = reader.list({query::parse("text ~ fine", 0).value(), 1000}).value();
  EXPECT_EQ(list.calls.size(), 0u);
  EXPECT_EQ(list.lost, std::int64_t{kCalls});
}

}  // namespace
}  // namespace headgate::storage::text
