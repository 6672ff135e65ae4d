#include "server/export/kept_record.h"

#include <gtest/gtest.h>

#include <array>

#include "server/export/export_tap.h"
#include "storage/sampling/decision.h"
#include "storage/temporary_folder.h"
#include "telemetry/conventions/fields.h"
#include "telemetry/conventions/own_keys.h"
#include "telemetry/conventions/read.h"
#include "telemetry/span_codec.h"

namespace headgate::server {
namespace {

using telemetry::Attribute;
using telemetry::find_attribute;
using telemetry::kTraceStateKey;

// Spans that came without a state, with another's, and with a threshold of their own.
struct Record {
  Record() {
    record.trace.bytes[0] = 1;
    record.spans = spans;
    record.sampled = {250'000, "chance"};
    spans[0].attributes = {&kept, 1};
    spans[1].attributes = {&other, 1};
    spans[2].attributes = {&own, 1};
    spans[3].attributes = {&behind, 1};
  }
  Record(const Record&) = delete;
  Record& operator=(const Record&) = delete;
  Attribute kept{"hedge", "won"};
  Attribute other{kTraceStateKey, "vendor=1"};
  Attribute own{kTraceStateKey, "ot=th:8"};
  Attribute behind{kTraceStateKey, "vendor=1,ot=th:8"};
  std::array<telemetry::Span, 4> spans;
  telemetry::ExchangeRecord record;
};

std::string_view state_of(const telemetry::Span& span) {
  const Attribute* const found = find_attribute(span, kTraceStateKey);
  return found == nullptr ? std::string_view() : found->value;
}

TEST(KeptRecord, says_how_likely_it_was_to_be_kept) {
  const Record in;
  const KeptRecord kept(in.record);
  const auto spans = kept.record().spans;
  ASSERT_EQ(spans.size(), 4u);
  const std::string state = storage::trace_state_of(in.record.trace, 250'000);
  EXPECT_EQ(state.substr(0, 8), "ot=th:c;");
  EXPECT_EQ(state_of(spans[0]), state);
  EXPECT_EQ(state_of(spans[1]), state + ",vendor=1");
  EXPECT_EQ(state_of(spans[2]), "ot=th:8");
  EXPECT_EQ(state_of(spans[3]), "vendor=1,ot=th:8");
  EXPECT_EQ(find_attribute(spans[0], "hedge")->value, "won");
  const Attribute* const probability = find_attribute(spans[0], telemetry::kSamplingProbabilityKey);
  EXPECT_EQ(probability->value, "0.25");
  EXPECT_TRUE(probability->is_json);
  EXPECT_EQ(find_attribute(spans[0], telemetry::kSamplingReasonKey)->value, "chance");
  EXPECT_EQ(find_attribute(spans[1], telemetry::kSamplingReasonKey), nullptr);
}

TEST(KeptRecord, waits_for_room_and_counts_nothing) {
  const storage::TemporaryFolder folder;
  using storage::Journal;
  Journal journal = Journal::create(folder.file("tap"), Journal::kBytesMin).value();
  storage::WriterPriority priority;
  ExportTap tap;
  const Record in;
  EXPECT_TRUE(tap.try_record(in.record)) << "nobody wants it";
  tap.open(&journal, &priority);
  std::uint64_t taken = 0;
  while (tap.try_record(in.record)) ++taken;
  EXPECT_GT(taken, 50u);
  EXPECT_EQ(journal.dropped(), 0u);
  std::uint64_t position = journal.resume(0);
  for (auto read = journal.read(position); !read.payload.empty(); read = journal.read(position)) {
    position = read.next;
    --taken;
  }
  EXPECT_EQ(taken, 0u);
  journal.release(position);
  EXPECT_TRUE(tap.try_record(in.record));
  const std::string large(Journal::kBytesMin, 'x');
  Record never;
  never.spans[0].input = large;
  EXPECT_TRUE(tap.try_record(never.record)) << "it would wait for ever";
  EXPECT_EQ(journal.dropped(), 4u) << "its spans";
}

}  // namespace
}  // namespace headgate::server
