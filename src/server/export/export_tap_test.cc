#include "server/export/export_tap.h"

#include <gtest/gtest.h>

#include "storage/temporary_folder.h"
#include "telemetry/span_codec.h"

namespace headgate::server {
namespace {

using storage::Journal;

TEST(ExportTap, counts_each_span_that_finds_no_room) {
  const storage::TemporaryFolder folder;
  Journal journal = Journal::create(folder.file("tap"), Journal::kBytesMin).value();
  storage::WriterPriority priority;
  ExportTap tap;
  const std::string text(1000, 'x');
  std::vector<telemetry::Span> spans(3);
  spans[0].input = text;
  const telemetry::ExchangeRecord record{.spans = spans};
  tap.record(record);
  EXPECT_EQ(journal.pending(), 0u) << "closed";
  tap.open(&journal, &priority);
  constexpr std::uint64_t kRecords = 100;
  for (std::uint64_t i = 0; i < kRecords; ++i) tap.record(record);
  std::uint64_t there = 0;
  std::uint64_t position = journal.resume(0);
  for (auto read = journal.read(position); !read.payload.empty(); read = journal.read(position)) {
    position = read.next;
    there += telemetry::encoded_spans(read.payload);
  }
  EXPECT_GT(there, 0u);
  EXPECT_GT(journal.dropped(), 0u);
  EXPECT_EQ(there + journal.dropped(), 3 * kRecords);
  const std::string large(Journal::kBytesMin, 'x');
  spans[0].input = large;
  journal.release(position);
  const std::uint64_t before = journal.dropped();
  tap.record(record);
  EXPECT_EQ(journal.dropped(), before + 3) << "one that never fits";
}

}  // namespace
}  // namespace headgate::server
