#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "storage/partitions/schema.h"
#include "storage/query/parser.h"
#include "storage/reports/activity.h"
#include "storage/reports/call_follower.h"
#include "storage/reports/call_report.h"
#include "storage/reports/tool_report.h"
#include "storage/temporary_folder.h"
#include "storage/traces/numbered_call.h"
#include "storage/traces/trace_store.h"

namespace headgate::storage {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// A call with a tool span below its second one, which some tests make an agent.
struct ToolCall {
  ToolCall(std::uint8_t number, std::string_view tool, std::optional<base::Errc> error) {
    record.trace.bytes[0] = number;
    for (std::size_t i = 0; i < spans.size(); ++i) {
      spans[i].id.bytes[0] = number;
      spans[i].id.bytes[1] = static_cast<std::uint8_t>(i + 1);
      if (i > 0) spans[i].parent = spans[i - 1].id;
      spans[i].start_unix_us = 1'800'000'000'000'000;
    }
    spans[1].kind = telemetry::SpanKind::decision;
    spans[1].name = "invoke_agent planner";
    spans[2].kind = telemetry::SpanKind::tool;
    spans[2].name = tool;
    spans[2].error = error;
    spans[2].duration_us = 1000;
    record.workflow = "flow";
    record.spans = spans;
  }
  ToolCall(const ToolCall&) = delete;
  ToolCall& operator=(const ToolCall&) = delete;
  std::array<telemetry::Span, 3> spans;
  telemetry::ExchangeRecord record;
};

class ReportsTest : public ::testing::Test {
 protected:
  void store(const std::vector<telemetry::ExchangeRecord>& records) {
    auto traces = TraceStore::open({.folder = folder_.path()}, 1, clock_);
    for (const auto& record : records) ASSERT_TRUE((*traces)->sink(0).record(record));
  }
  void store_numbered(std::uint64_t first, std::uint64_t last) {
    auto traces = TraceStore::open({.folder = folder_.path()}, 1, clock_);
    for (std::uint64_t i = first; i <= last; ++i) {
      NumberedCall call(i);
      call.head().start_unix_us = clock_.unix_us();
      call.head().duration_us = static_cast<std::int64_t>(i) * 1000;
      if (i % 4 == 0) call.head().error = base::Errc::rate_limited;
      ASSERT_TRUE((*traces)->sink(0).record(call.record()));
    }
  }
  std::vector<std::string> next(CallFollower& follower, std::string_view where = "",
                                std::int64_t count = 100) {
    std::vector<std::string> ids;
    const auto calls = follower.next(query::parse(where, 0).value(), count).value();
    for (const auto& call : calls) ids.emplace_back(call.record().request_id);
    return ids;
  }

  const TemporaryFolder folder_;
  base::ManualClock clock_;
};

TEST_F(ReportsTest, a_follower_gets_every_call_once_over_midnight) {
  CallFollower follower(folder_.path());
  EXPECT_THAT(next(follower), IsEmpty()) << "nothing is there yet";
  store_numbered(1, 3);
  EXPECT_THAT(next(follower, "", 2), ElementsAre("1", "2"));
  EXPECT_THAT(next(follower), ElementsAre("3"));
  EXPECT_THAT(next(follower), IsEmpty());
  store_numbered(4, 6);
  EXPECT_THAT(next(follower, "user = even"), ElementsAre("4", "6"));
  clock_.advance(base::seconds(86'400));
  store_numbered(7, 8);
  EXPECT_THAT(next(follower), ElementsAre("7", "8"));
  CallFollower late(folder_.path());
  ASSERT_TRUE(late.skip_to_end());
  EXPECT_THAT(next(late), IsEmpty());
  store_numbered(9, 9);
  EXPECT_THAT(next(late), ElementsAre("9"));
}

TEST_F(ReportsTest, activity_is_of_its_window_alone) {
  store_numbered(1, 50);
  clock_.advance(base::seconds(600));
  store_numbered(51, 150);
  ActivityWindow window(folder_.path(), 300'000'000);
  const auto activity = window.look(clock_.unix_us() + 1'000'000).value();
  ASSERT_EQ(activity.routes.size(), 1u);
  EXPECT_EQ(activity.routes[0].name, "r");
  EXPECT_EQ(activity.routes[0].calls, 100);
  EXPECT_EQ(activity.routes[0].errors, 25);
  EXPECT_EQ(activity.routes[0].cost, 7700);
  EXPECT_EQ(activity.routes[0].p95_us, 145'000);
  ASSERT_EQ(activity.models.size(), 1u);
  EXPECT_EQ(activity.models[0].name, "small");
  EXPECT_TRUE(activity.tools.empty());
  store_numbered(151, 160);
  EXPECT_EQ(window.look(clock_.unix_us() + 1'000'000)->routes[0].calls, 110);
  EXPECT_TRUE(window.look(clock_.unix_us() + 400'000'000)->routes.empty());
}

TEST_F(ReportsTest, what_was_sampled_counts_for_what_went) {
  store_numbered(1, 12);
  ToolCall tool(5, "get_order", base::Errc::overloaded);
  store({tool.record});
  {
    auto partition = open_partition(folder_.path(), day_of(clock_.unix_us())).value();
    // Of the calls 1 to 8 a quarter stayed: 2 of them, failed ones apart.
    ASSERT_TRUE(partition.execute(
        "INSERT INTO sampled SELECT id, 250000, 'chance' FROM spans WHERE request_id IN (1, 2);"
        "INSERT INTO sampled SELECT id, 500000, 'chance' FROM spans WHERE trace_id < x'06'"
        " AND trace_id > x'05' AND span_count IS NOT NULL;"
        "DELETE FROM spans WHERE request_id IN (3, 5, 6, 7)"));
  }
  ActivityWindow window(folder_.path(), 300'000'000);
  const auto activity = window.look(clock_.unix_us() + 1'000'000).value();
  ASSERT_EQ(activity.routes.size(), 1u);
  EXPECT_EQ(activity.routes[0].calls, 2 * 4 + 6);
  EXPECT_EQ(activity.routes[0].errors, 3);
  EXPECT_EQ(activity.routes[0].cost, 77 * 14);
  EXPECT_EQ(activity.routes[0].p95_us, 11'000);
  EXPECT_EQ(activity.tools[0].calls, 2);
  const auto tools = report_tools(folder_.path(), 0).value();
  ASSERT_EQ(tools.rows.size(), 1u);
  EXPECT_EQ(tools.rows[0].calls, 2);
  EXPECT_EQ(tools.rows[0].errors, 2);
  EXPECT_EQ(tools.rows[0].stored, 1);
  EXPECT_EQ(report_calls(folder_.path(), CallsBy::day, 0).value()[0].totals.calls, 13)
      << "totals are of everything";
}

TEST_F(ReportsTest, calls_are_added_up_by_what_is_asked) {
  store_numbered(1, 10);
  clock_.advance(base::seconds(86'400));
  store_numbered(11, 20);
  const auto days = report_calls(folder_.path(), CallsBy::day, 0).value();
  ASSERT_EQ(days.size(), 2u);
  EXPECT_EQ(days[0].name, "2027-01-15");
  EXPECT_EQ(days[0].totals.calls, 10);
  EXPECT_EQ(days[0].errors, 2);
  const auto statuses = report_calls(folder_.path(), CallsBy::status, 0).value();
  ASSERT_EQ(statuses.size(), 2u);
  EXPECT_EQ(statuses[0].name, "ok");
  EXPECT_EQ(statuses[0].totals.calls, 15);
  EXPECT_EQ(statuses[1].errors, 5);
  const auto hours = report_calls(folder_.path(), CallsBy::hour, clock_.unix_us()).value();
  ASSERT_EQ(hours.size(), 1u);
  EXPECT_EQ(hours[0].name, "2027-01-16 08:00");
}

TEST_F(ReportsTest, tools_are_counted_by_the_agent_above_them) {
  ToolCall good(1, "execute_tool get_order", std::nullopt);
  ToolCall bad(2, "get_order", base::Errc::overloaded);
  ToolCall other(3, "refund", base::Errc::rate_limited);
  ToolCall loose(4, "refund", std::nullopt);
  const telemetry::Attribute named{"gen_ai.agent.name", "billing"};
  other.spans[2].attributes = {&named, 1};
  // The tool of one exchange, its agent in another of the same trace.
  ToolCall tool_part(5, "get_order", base::Errc::overloaded);
  ToolCall agent_part(5, "nothing", std::nullopt);
  tool_part.record.spans = std::span(tool_part.spans).subspan(2);
  agent_part.record.spans = std::span(agent_part.spans).first(2);
  store({good.record, bad.record, other.record, loose.record, tool_part.record, agent_part.record});
  {
    auto partition = open_partition(folder_.path(), day_of(clock_.unix_us())).value();
    ASSERT_TRUE(partition.execute(
        "UPDATE spans SET kind = 'agent' WHERE kind = 'decision' AND trace_id < x'03'"));
    ASSERT_TRUE(partition.execute(
        "UPDATE spans SET kind = 'agent' WHERE kind = 'decision' AND trace_id > x'05'"));
  }
  const auto report = report_tools(folder_.path(), 0).value();
  ASSERT_EQ(report.rows.size(), 3u);
  EXPECT_EQ(report.rows[0].agent, "planner");
  EXPECT_EQ(report.rows[0].tool, "get_order");
  EXPECT_EQ(report.rows[0].calls, 3);
  EXPECT_EQ(report.rows[0].errors, 2);
  EXPECT_EQ(report.rows[0].error, "overloaded");
  EXPECT_EQ(report.rows[1].agent, "billing");
  EXPECT_EQ(report.rows[1].errors, 1);
  EXPECT_EQ(report.rows[2].agent, "flow");
  EXPECT_EQ(report.rows[2].tool, "refund");
  EXPECT_EQ(report.rows[2].errors, 0);
  EXPECT_EQ(report.unresolved, 0);
  EXPECT_TRUE(report_tools(folder_.path(), 1'900'000'000'000'000).value().rows.empty());
}

}  // namespace
}  // namespace headgate::storage
