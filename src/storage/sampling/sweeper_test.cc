// Traces go whole or stay whole, on the disk too.
#include "storage/sampling/sweeper.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>

#include "storage/partitions/schema.h"
#include "storage/query/parser.h"
#include "storage/sampling/sweeper_fixture.h"
#include "storage/text/text_index.h"
#include "storage/tiers/day_files.h"

namespace headgate::storage {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using SweeperTest = SweeperFixture;

TEST_F(SweeperTest, nothing_is_decided_before_it_has_been_quiet) {
  SweptWriter writer(folder_, day_);
  TraceSweeper sweeper(options(), clock_);
  sweep(sweeper);
  store_all(writer, 1, 100);
  sweep(sweeper);
  EXPECT_EQ(sweeper.counts().undecided, 100u);
  EXPECT_EQ(stored().size(), 100u);
  EXPECT_EQ(sweeper.settled_to(day_), 0);
  clock_.advance(kQuiet - base::seconds(1));
  sweep(sweeper);
  EXPECT_EQ(stored().size(), 100u);
  clock_.advance(base::seconds(1));
  sweep(sweeper);
  const auto left = stored();
  for (std::uint64_t i = 1; i <= 100; ++i) EXPECT_EQ(left.contains(i), lucky(i)) << i;
  EXPECT_EQ(on_disk(), left);
  EXPECT_EQ(sweeper.counts().dropped + left.size(), 100u);
  EXPECT_EQ(sweeper.counts().kept[0], left.size());
  EXPECT_EQ(sweeper.counts().undecided, 0u);
  EXPECT_GT(sweeper.counts().bytes_freed, sweeper.counts().dropped * 900);
  EXPECT_GE(sweeper.settled_to(day_), 200);
}

TEST_F(SweeperTest, what_was_there_before_stays_and_what_is_unsampled_too) {
  SweptWriter writer(folder_, day_);
  store_all(writer, 1, 20);
  TraceSweeper sweeper(options(0), clock_);
  sweep(sweeper);
  NumberedCall other(21);
  other.record().route = "all";
  writer.store(other.record());
  NumberedCall span(22);
  span.head().kind = telemetry::SpanKind::agent;
  span.record().route = {};
  writer.store(span.record());
  store(writer, 23, 23);
  end_all(sweeper);
  auto left = stored();
  EXPECT_EQ(left.size(), 22u);
  EXPECT_FALSE(left.contains(23));
}

TEST_F(SweeperTest, all_records_of_a_trace_share_its_fate) {
  SweptWriter writer(folder_, day_);
  TraceSweeper sweeper(options(0), clock_);
  sweep(sweeper);
  store(writer, 1, 1);
  store(writer, 2, 2);
  sweep(sweeper);
  // An hour with something in each minute is one trace.
  for (std::uint64_t minute = 0; minute < 60; ++minute) {
    clock_.advance(kQuiet - base::seconds(1));
    store(writer, 1, 100 + minute);
    sweep(sweeper);
    ASSERT_EQ(sweeper.counts().undecided, minute + 2 + (minute == 0 ? 1 : 0));
  }
  store(writer, 1, 200, base::Errc::overloaded);
  sweep(sweeper);
  EXPECT_EQ(stored().size(), 62u);
  store(writer, 1, 201);
  end_all(sweeper);
  EXPECT_EQ(stored().size(), 63u) << "what comes later stays too";
  EXPECT_EQ(sweeper.counts().kept[static_cast<std::size_t>(KeptFor::error)], 1u);
  EXPECT_EQ(sweeper.counts().late, 1u);
  auto reader = TraceReader::open(folder_.path()).value();
  for (const auto& call : reader.get(id_of(1).hex()).value().exchanges) {
    EXPECT_EQ(call.record().sampled.ppm, kAllPpm);
    EXPECT_EQ(call.record().sampled.reason, "error");
  }
}

TEST_F(SweeperTest, late_records_go_with_their_trace_unless_they_failed) {
  SweptWriter writer(folder_, day_);
  TraceSweeper sweeper(options(0), clock_);
  sweep(sweeper);
  store(writer, 1, 1);
  end_all(sweeper);
  EXPECT_THAT(stored(), IsEmpty());
  store(writer, 1, 2);
  store(writer, 1, 3, base::Errc::overloaded);
  sweep(sweeper);
  EXPECT_THAT(stored(), ElementsAre(3)) << "at once: there is nothing to wait for";
  EXPECT_EQ(sweeper.counts().late, 2u);
}

TEST_F(SweeperTest, late_records_stay_with_their_trace_whatever_the_policy_is_by_now) {
  SweptWriter writer(folder_, day_);
  TraceSweeper sweeper(options(), clock_);
  sweep(sweeper);
  const std::uint64_t kept = first_that(true);
  store(writer, kept, kept);
  end_all(sweeper);
  sweeper.set_policy(keep(0));
  store(writer, kept, 5001);
  end_all(sweeper);
  EXPECT_THAT(stored(), ElementsAre(kept, 5001));
  // Also for another process.
  store(writer, kept, 5002);
  TraceSweeper next(options(0), clock_);
  end_all(next);
  EXPECT_THAT(stored(), ElementsAre(kept, 5001, 5002));
}

TEST_F(SweeperTest, late_records_stay_where_their_own_route_keeps_them) {
  SweptWriter writer(folder_, day_);
  TraceSweeper sweeper(options(0), clock_);
  sweep(sweeper);
  store(writer, 1, 1);
  end_all(sweeper);
  EXPECT_THAT(stored(), IsEmpty());
  store(writer, 1, 2, std::nullopt, "all");
  store(writer, 1, 3);
  end_all(sweeper);
  EXPECT_THAT(stored(), ElementsAre(2));
  sweeper.set_policy(keep(kAllPpm - 1));  // a larger share
  store(writer, 1, 4);
  end_all(sweeper);
  EXPECT_THAT(stored(), ElementsAre(2, 4));
  auto reader = TraceReader::open(folder_.path()).value();
  for (const auto& call : reader.get(id_of(1).hex()).value().exchanges) {
    const bool is_whole = call.record().request_id == "2";
    EXPECT_EQ(call.record().sampled.ppm, is_whole ? kAllPpm : kAllPpm - 1);
  }
}

TEST_F(SweeperTest, what_a_route_keeps_stays_whole_also_for_the_next_process) {
  SweptWriter writer(folder_, day_);
  {
    TraceSweeper sweeper(options(0), clock_);
    sweep(sweeper);
    store(writer, 1, 1, std::nullopt, "all");
    sweep(sweeper);
    store(writer, 1, 2);  // late
    store(writer, 3, 3);  // before
    store(writer, 3, 4, std::nullopt, "all");
    sweep(sweeper);
  }
  store(writer, 1, 5);
  store(writer, 3, 6);
  store(writer, 7, 7);
  TraceSweeper next(options(0), clock_);
  end_all(next);
  EXPECT_THAT(stored(), ElementsAre(1, 2, 3, 4, 5, 6));
}

TEST_F(SweeperTest, probabilities_are_stored_with_what_stays) {
  SweptWriter writer(folder_, day_);
  TraceSweeper sweeper(options(), clock_);
  sweep(sweeper);
  const std::uint64_t number = first_that(true);
  store(writer, number, number);
  NumberedCall slow(number + 1000);
  slow.head().duration_us = 5'000'000;
  writer.store(slow.record());
  end_all(sweeper);
  auto reader = TraceReader::open(folder_.path()).value();
  const auto kept = reader.get(id_of(number).hex()).value();
  EXPECT_EQ(kept.exchanges[0].record().sampled.ppm, kTenth);
  EXPECT_EQ(kept.exchanges[0].record().sampled.reason, "chance");
  const auto listed = reader.list({{}, 10}).value();
  ASSERT_EQ(listed.calls.size(), 2u);
  EXPECT_EQ(listed.calls[0].record().sampled.reason, "slow");
  EXPECT_EQ(listed.calls[1].record().sampled.ppm, kTenth);
}

TEST_F(SweeperTest, flags_keep_what_has_not_gone) {
  SweptWriter writer(folder_, day_);
  TraceSweeper sweeper(options(0), clock_);
  sweep(sweeper);
  store(writer, 1, 1);
  sweep(sweeper);
  sweeper.flag(id_of(1));
  sweeper.flag(id_of(2));
  sweep(sweeper);
  TraceSweeper next(options(0), clock_);  // a flag outlives the process
  sweep(next);
  store(writer, 2, 2);
  store(writer, 3, 3);
  end_all(next);
  EXPECT_THAT(stored(), ElementsAre(1, 2));
  next.flag(id_of(3));
  sweep(next);
  EXPECT_EQ(next.counts().flags_late, 1u);
  const auto trace = TraceReader::open(folder_.path()).value().get(id_of(2).hex()).value();
  EXPECT_EQ(trace.exchanges[0].record().sampled.reason, "low_score");
}

TEST_F(SweeperTest, a_trace_over_midnight_goes_from_both_days) {
  TraceSweeper sweeper(options(0), clock_);
  {
    SweptWriter writer(folder_, day_);
    sweep(sweeper);
    store(writer, 1, 1);
    store(writer, 2, 2);
    sweep(sweeper);
    writer.go_to(++day_);
    clock_.advance(base::seconds(1));
    store(writer, 1, 3);
    store(writer, 2, 4, base::Errc::overloaded);
    store(writer, 5, 5);
    end_all(sweeper);
  }
  EXPECT_THAT(stored(), ElementsAre(2, 4));
  EXPECT_EQ(sweeper.settled_to(day_ - 1), INT64_MAX) << "that day is over";
}

TEST_F(SweeperTest, too_many_are_decided_early_and_counted) {
  SweptWriter writer(folder_, day_);
  auto narrow = options(0);
  narrow.rows_max = 10;
  TraceSweeper sweeper(std::move(narrow), clock_);
  sweep(sweeper);
  store_all(writer, 1, 25);
  sweep(sweeper);
  EXPECT_EQ(stored().size(), 10u);
  EXPECT_EQ(sweeper.counts().early, 15u);
}

TEST_F(SweeperTest, words_of_what_goes_are_never_indexed) {
  auto policy = keep(0);
  auto store = TraceStore::open({.folder = folder_.path(), .sampling = policy}, 1, clock_).value();
  const auto wait_for = [&](const char* what, const auto& probe) {
    for (int i = 0; i < 2000 && !probe(); ++i) ::usleep(10'000);
    ASSERT_TRUE(probe()) << what;
  };
  const auto begun = [&] { return look_at_day(folder_.path(), day_).value().swept; };
  wait_for("sampling has begun", begun);
  for (std::uint64_t i = 1; i <= 300; ++i) {
    NumberedCall call(i);
    const std::string content = "word" + std::to_string(i) + "x";
    call.head().input = content;
    if (i <= 100) call.head().error = base::Errc::overloaded;
    ASSERT_TRUE(store->sink(0).record(call.record()));
  }
  wait_for("read", [&] { return store->sampled().undecided == 200; });
  clock_.advance(kQuiet);
  wait_for("decided", [&] { return store->sampled().dropped == 200; });
  wait_for("freed", [&] { return store->sampled().bytes_freed > 0; });
  const auto found = [&](const std::string& word) {
    auto where = query::parse("text ~ " + word, 0).value();
    return TraceReader::open(folder_.path()).value().list({where, 10}).value();
  };
  EXPECT_EQ(found("word7x").calls.size(), 1u);
  EXPECT_THAT(found("word200x").calls, IsEmpty());
  EXPECT_EQ(found("word200x").lost, 0);
  clock_.advance(base::seconds(60));  // indexed, few as they are
  wait_for("indexed", [&] { return text::TextIndexReader(folder_.path(), day_).end() > 1; });
  EXPECT_EQ(found("word7x").calls.size(), 1u);
  store->close();
  const auto chunks = [&](const std::string& word) {
    const auto all = text::TextIndexReader(folder_.path(), day_).chunks_of(text::phrase_of(word));
    return std::count(all->begin(), all->end(), true);
  };
  EXPECT_EQ(chunks("word7x"), 1);
  EXPECT_EQ(chunks("word200x"), 0);
}

TEST_F(SweeperTest, ids_are_not_used_again_and_totals_stay) {
  {
    SweptWriter writer(folder_, day_);
    TraceSweeper sweeper(options(0), clock_);
    sweep(sweeper);
    store_all(writer, 1, 10);
    end_all(sweeper);
    EXPECT_THAT(stored(), IsEmpty());
  }
  SweptWriter writer(folder_, day_);
  store(writer, 11, 11);
  auto partition = open_partition_to_read(folder_.path(), day_).value();
  EXPECT_GE(partition.integer("SELECT min(id) FROM spans").value(), 4096);
  EXPECT_EQ(partition.integer("SELECT sum(calls) FROM hours").value(), 11);
}

TEST_F(SweeperTest, room_comes_back) {
  SweptWriter writer(folder_, day_);
  TraceSweeper sweeper(options(0), clock_);
  sweep(sweeper);
  const std::string large(20'000, 'x');
  for (std::uint64_t i = 1; i <= 200; ++i) {
    NumberedCall call(i);
    call.head().input = large;
    writer.store(call.record());
  }
  EXPECT_GT(day_sizes(folder_.path())[0].content_bytes, 4'000'000);
  end_all(sweeper);
  EXPECT_LT(day_sizes(folder_.path())[0].content_bytes, 20'000);
}

TEST_F(SweeperTest, what_stays_is_handed_out_once_there_is_room) {
  SweptWriter writer(folder_, day_);
  auto with_exports = options();
  bool has_room = false;
  std::vector<std::string> taken;
  with_exports.exports = [&](const telemetry::ExchangeRecord& record) {
    if (!has_room) return false;
    taken.emplace_back(std::string(record.request_id) + " " + std::to_string(record.sampled.ppm) +
                       " " + std::string(record.sampled.reason) + " " +
                       std::string(record.spans[0].input.substr(0, 6)));
    return true;
  };
  TraceSweeper sweeper(std::move(with_exports), clock_);
  sweep(sweeper);
  const std::uint64_t kept = first_that(true);
  const std::uint64_t dropped = first_that(false);
  store(writer, kept, kept);
  store(writer, dropped, dropped);
  NumberedCall other(5000);
  other.record().route = "all";
  writer.store(other.record());
  store(writer, 5001, 5001, base::Errc::overloaded);
  end_all(sweeper);
  EXPECT_EQ(stored().size(), 4u) << "it waits";
  has_room = true;
  end_all(sweeper);
  EXPECT_THAT(taken, ::testing::UnorderedElementsAre(std::to_string(kept) + " 100000 chance secret",
                                                     "5001 1000000 error secret"));
  EXPECT_EQ(stored().size(), 3u);
}

}  // namespace
}  // namespace headgate::storage
