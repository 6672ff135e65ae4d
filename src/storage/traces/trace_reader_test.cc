#include "storage/traces/trace_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "storage/migrations.h"
#include "storage/query/block.h"
#include "storage/query/parser.h"
#include "storage/temporary_folder.h"
#include "storage/traces/numbered_call.h"
#include "storage/traces/trace_store.h"

namespace headgate::storage {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class TraceReaderTest : public ::testing::Test {
 protected:
  void store(const std::vector<telemetry::ExchangeRecord>& records) {
    auto traces =
        TraceStore::open({.folder = folder_.path(), .retention_days = 0}, 1, clock_).value();
    for (const auto& record : records) ASSERT_TRUE(traces->sink(0).record(record));
  }
  std::vector<std::string> list(std::string_view where, std::int64_t limit = 20) {
    auto reader = TraceReader::open(folder_.path()).value();
    std::vector<std::string> ids;
    const auto expression = query::parse(where, clock_.unix_us()).value();
    const auto found = reader.list({expression, limit}).value();
    for (const auto& exchange : found.calls) {
      ids.emplace_back(exchange.record().request_id);
    }
    return ids;
  }

  const TemporaryFolder folder_;
  base::RealClock clock_;
};

TEST_F(TraceReaderTest, lists_the_newest_first_and_filters) {
  NumberedCall one(1), two(2), three(3), four(4);
  two.head().error = base::Errc::rate_limited;
  three.head().error = base::Errc::upstream_reset;
  three.head().model_served = "small-2026";
  four.record().session = "other";
  four.record().route = "cheap";
  store({one.record(), two.record(), three.record(), four.record()});
  EXPECT_THAT(list(""), ElementsAre("4", "3", "2", "1"));
  EXPECT_THAT(list("", 2), ElementsAre("4", "3"));
  EXPECT_THAT(list("", 0), ElementsAre());
  EXPECT_THAT(list("status = ok"), ElementsAre("4", "1"));
  EXPECT_THAT(list("error"), ElementsAre("3", "2"));
  EXPECT_THAT(list("error", 1), ElementsAre("3"));
  EXPECT_THAT(list("status = rate_limited"), ElementsAre("2"));
  EXPECT_THAT(list("model = small"), ElementsAre("4", "3", "2", "1"));
  EXPECT_THAT(list("model = small-2026"), ElementsAre("3"));
  EXPECT_THAT(list("user = odd"), ElementsAre("3", "1"));
  EXPECT_THAT(list("session = other"), ElementsAre("4"));
  EXPECT_THAT(list("route = cheap"), ElementsAre("4"));
  EXPECT_THAT(list("time >= 2027-01-15T08:00 and not request in (1, 2)"), ElementsAre("4", "3"));
  EXPECT_THAT(list("user = \"' OR 1=1 --\""), ElementsAre());
  EXPECT_THAT(list("text ~ fine and not input ~ 3"), ElementsAre("4", "2", "1"));
}

TEST_F(TraceReaderTest, finds_a_trace_by_any_unique_beginning) {
  NumberedCall one(1), two(2), again(1);
  two.record().trace = one.record().trace;
  two.record().trace.bytes[15] ^= 1;  // differs in the last digit only
  store({one.record(), two.record(), again.record()});
  auto reader = TraceReader::open(folder_.path()).value();
  const std::string id = one.record().trace.hex();
  const Trace trace = reader.get(id).value();
  EXPECT_EQ(trace.id, one.record().trace);
  EXPECT_EQ(trace.exchanges.size(), 2u) << "two calls share the trace";
  for (std::size_t digits = 1; digits < 32; ++digits) {
    const auto several = reader.get(id.substr(0, digits));
    ASSERT_FALSE(several.has_value()) << digits;
    EXPECT_THAT(several.error().detail, HasSubstr("several traces"));
  }
  EXPECT_EQ(reader.get("0000").error().code, base::Errc::not_found);
  EXPECT_EQ(reader.get("xyz").error().code, base::Errc::invalid_request);
  EXPECT_EQ(reader.get("").error().code, base::Errc::invalid_request);
  EXPECT_EQ(reader.get(id + "0").error().code, base::Errc::invalid_request);
}

TEST_F(TraceReaderTest, finds_a_trace_in_any_block) {
  constexpr std::uint64_t kCalls = 3 * query::kBlockRows / 2 + 100;  // two rows each: four blocks
  {
    auto traces =
        TraceStore::open({.folder = folder_.path(), .retention_days = 0}, 1, clock_).value();
    for (std::uint64_t i = 1; i <= kCalls; ++i) {
      NumberedCall call(i);
      while (!traces->sink(0).record(call.record())) std::this_thread::yield();
    }
  }
  auto reader = TraceReader::open(folder_.path()).value();
  for (std::uint64_t i = 1; i <= kCalls; i += 97) {
    NumberedCall call(i);
    const auto trace = reader.get(call.record().trace.hex().substr(0, 12));
    ASSERT_TRUE(trace.has_value()) << i;
    EXPECT_EQ(trace->exchanges.at(0).record().request_id, std::to_string(i));
  }
}

TEST_F(TraceReaderTest, still_shows_the_spans_when_the_log_is_lost) {
  NumberedCall call(5);
  store({call.record()});
  std::filesystem::remove(segment_path(folder_.path(), 1));
  auto reader = TraceReader::open(folder_.path()).value();
  const Trace trace = reader.get(call.record().trace.hex()).value();
  EXPECT_EQ(trace.without_content, 1u);
  const auto& record = trace.exchanges.at(0).record();
  ASSERT_EQ(record.spans.size(), 2u);
  EXPECT_TRUE(record.spans[0].input.empty());
  EXPECT_EQ(record.spans[0].usage, call.head().usage);
  EXPECT_EQ(record.spans[0].cost, 77);
  EXPECT_EQ(record.spans[1].provider, "alpha");
  EXPECT_EQ(record.spans[1].attempt, 1);
  EXPECT_EQ(record.spans[1].parent, record.spans[0].id);
}

TEST_F(TraceReaderTest, says_when_there_is_no_database) {
  const auto reader = TraceReader::open(folder_.file("nowhere"));
  ASSERT_FALSE(reader.has_value());
  EXPECT_EQ(reader.error().code, base::Errc::not_found);
  EXPECT_THAT(reader.error().detail, HasSubstr("nowhere"));
}

}  // namespace
}  // namespace headgate::storage
