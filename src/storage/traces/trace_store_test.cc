#include "storage/traces/trace_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <mutex>

#include "storage/migrations.h"
#include "storage/partitions/schema.h"
#include "storage/temporary_folder.h"
#include "storage/tiers/aggregates.h"
#include "storage/traces/numbered_call.h"
#include "storage/traces/trace_reader.h"
#include "telemetry/span_codec.h"

namespace headgate::storage {
namespace {

using ::testing::HasSubstr;

const base::RealClock kClock{};
const Day kToday = day_of(kClock.unix_us());

StorageOptions options_for(const TemporaryFolder& folder) {
  return {.folder = folder.path(), .journal_bytes = Journal::kBytesMin, .retention_days = 0};
}

// May be moved while the writer looks at it.
class MovableClock final : public base::Clock {
 public:
  base::MonoTime now() const override { return kClock.now(); }
  std::int64_t unix_us() const override { return unix_us_.load(); }
  void skip(std::int64_t us) { unix_us_ += us; }

 private:
  std::atomic<std::int64_t> unix_us_{1'800'000'000'000'000};
};

std::unique_ptr<TraceStore> open_store(const TemporaryFolder& folder, std::size_t loops = 1) {
  return TraceStore::open(options_for(folder), loops, kClock).value();
}

void wait_until(const std::function<bool()>& reached) {
  const base::MonoTime give_up = kClock.now() + base::seconds(20);
  while (!reached()) {
    ASSERT_LT(kClock.now(), give_up);
    std::this_thread::yield();
  }
}

std::vector<std::string> request_ids(const TemporaryFolder& folder) {
  auto reader = TraceReader::open(folder.path()).value();
  const auto found = reader.list({{}, 1'000'000}).value();
  std::vector<std::string> ids;
  for (const auto& exchange : found.calls) ids.emplace_back(exchange.record().request_id);
  std::reverse(ids.begin(), ids.end());
  return ids;
}

void append(Journal& journal, std::uint64_t number) {
  NumberedCall call(number);
  std::byte* const at = journal.reserve(telemetry::encoded_size(call.record()));
  ASSERT_NE(at, nullptr);
  telemetry::encode(call.record(), at);
  journal.publish();
}

TEST(TraceStore, gives_back_the_whole_exchange) {
  const TemporaryFolder folder;
  NumberedCall call(7);
  call.head().output_cut_bytes = 12;
  auto store = open_store(folder);
  ASSERT_TRUE(store->sink(0).record(call.record()));
  store->close();
  auto reader = TraceReader::open(folder.path()).value();
  const Trace trace = reader.get(call.record().trace.hex()).value();
  ASSERT_EQ(trace.exchanges.size(), 1u);
  EXPECT_EQ(trace.without_content, 0u);
  const telemetry::ExchangeRecord& read = trace.exchanges[0].record();
  EXPECT_EQ(read.request_id, "7");
  ASSERT_EQ(read.spans.size(), 2u);
  EXPECT_EQ(read.spans[0].input, call.head().input);
  EXPECT_EQ(read.spans[0].usage, call.head().usage);
  EXPECT_EQ(read.spans[0].output_cut_bytes, 12u);
  EXPECT_EQ(read.spans[1].kind, telemetry::SpanKind::attempt);
  EXPECT_EQ(read.spans[1].parent, read.spans[0].id);
  ASSERT_EQ(read.spans[1].attributes.size(), 1u);
  EXPECT_EQ(read.spans[1].attributes[0].value, "closed");
}

TEST(TraceStore, keeps_attributes_that_are_content_with_the_content) {
  const TemporaryFolder folder;
  const std::array<telemetry::Attribute, 4> attributes{
      {{"reasoning", "secret thought"}, {"k", "v"}, {"otel.events", "secret", true}, {"l", "w"}}};
  NumberedCall call(7);
  call.head().attributes = attributes;
  auto store = open_store(folder);
  ASSERT_TRUE(store->sink(0).record(call.record()));
  store->close();
  auto partition = open_partition_to_read(folder.path(), partition_days(folder.path()).at(0));
  auto row = partition->prepare("SELECT attributes FROM spans WHERE span_count > 0").value();
  ASSERT_TRUE(row.step().value());
  EXPECT_EQ(row.text(0), R"({"k":"v","l":"w"})");
  auto reader = TraceReader::open(folder.path()).value();
  const Trace trace = reader.get(call.record().trace.hex()).value();
  const telemetry::Span& read = trace.exchanges.at(0).record().spans[0];
  ASSERT_EQ(read.attributes.size(), 4u);
  EXPECT_EQ(read.attributes[0].value, "secret thought");
}

TEST(TraceStore, begins_no_new_file_because_of_the_age_of_calls) {
  const TemporaryFolder folder;
  auto store = open_store(folder);
  for (std::uint64_t number = 1; number <= 4; ++number) {  // a transaction each
    NumberedCall call(number);
    call.head().start_unix_us = number % 2 == 0 ? 0 : kClock.unix_us();
    ASSERT_TRUE(store->sink(0).record(call.record()));
    wait_until([&] { return store->stats().stored == number; });
  }
  EXPECT_TRUE(std::filesystem::exists(segment_path(folder.path(), 1)));
  EXPECT_FALSE(std::filesystem::exists(segment_path(folder.path(), 2)));
}

TEST(TraceStore, refuses_no_record_for_being_empty) {
  const TemporaryFolder folder;
  auto store = open_store(folder);
  const telemetry::Span span;
  ASSERT_TRUE(store->sink(0).record({.spans = {&span, 1}}));
  EXPECT_FALSE(store->sink(0).record({})) << "no span at all is no record";
  EXPECT_EQ(store->stats().dropped, 1u);
  store->close();
  EXPECT_EQ(store->stats().failures, 0u);
  EXPECT_EQ(request_ids(folder), std::vector<std::string>{""});
}

TEST(TraceStore, shows_a_call_while_it_runs) {
  const TemporaryFolder folder;
  auto store = open_store(folder, 2);
  auto reader = TraceReader::open(folder.path()).value();
  NumberedCall first(1);
  NumberedCall second(2);
  ASSERT_TRUE(store->sink(0).record(first.record()));
  ASSERT_TRUE(store->sink(1).record(second.record()));
  wait_until([&] { return reader.list({}).value().calls.size() == 2; });
  EXPECT_TRUE(reader.get(second.record().trace.hex()).has_value());
  wait_until([&] { return store->stats().stored == 2; });
  EXPECT_EQ(store->stats().pending_bytes, 0u);
}

TEST(TraceStore, is_opened_once) {
  const TemporaryFolder folder;
  auto store = open_store(folder);
  const auto second = TraceStore::open(options_for(folder), 1, kClock);
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, base::Errc::conflict);
  EXPECT_THAT(second.error().detail, HasSubstr(folder.path()));
  EXPECT_THAT(second.error().detail, HasSubstr("process " + std::to_string(::getpid())));
  store.reset();
  EXPECT_TRUE(TraceStore::open(options_for(folder), 1, kClock).has_value());
}

TEST(TraceStore, refuses_a_damaged_database_and_says_so) {
  const TemporaryFolder folder;
  { std::ofstream(database_path(folder.path())) << std::string(40'000, 'x'); }
  const auto store = TraceStore::open(options_for(folder), 1, kClock);
  ASSERT_FALSE(store.has_value());
  EXPECT_THAT(store.error().detail, HasSubstr(database_path(folder.path())));
  EXPECT_THAT(store.error().detail, HasSubstr("damaged"));
}

TEST(TraceStore, refuses_a_newer_database) {
  const TemporaryFolder folder;
  open_store(folder)->close();
  auto database = open_database(folder.path()).value();
  ASSERT_TRUE(database.execute("PRAGMA user_version = 99"));
  const auto store = TraceStore::open(options_for(folder), 1, kClock);
  ASSERT_FALSE(store.has_value());
  EXPECT_THAT(store.error().detail, HasSubstr("newer Headgate (schema 99"));
  const auto reader = TraceReader::open(folder.path());
  ASSERT_FALSE(reader.has_value());
  EXPECT_THAT(reader.error().detail, HasSubstr("newer Headgate"));
}

TEST(TraceStore, counts_what_a_full_journal_dropped_and_keeps_the_rest) {
  const TemporaryFolder folder;
  std::vector<std::string> taken;
  {
    auto store = open_store(folder);
    auto database = open_partition(folder.path(), day_of(kClock.unix_us())).value();
    const auto held = Transaction::begin(database).value();  // the writer has to wait
    for (std::uint64_t i = 0; store->stats().dropped < 5; ++i) {
      NumberedCall call(i);
      if (store->sink(0).record(call.record())) taken.push_back(std::to_string(i));
    }
    EXPECT_GT(taken.size(), 10u);
  }
  EXPECT_EQ(request_ids(folder), taken);
  EXPECT_EQ(TraceReader::open(folder.path()).value().totals().value().dropped, 5);
  EXPECT_EQ(open_store(folder)->stats().dropped, 5u) << "the count outlives the process";
}

TEST(TraceStore, keeps_records_while_the_disk_refuses_them) {
  const TemporaryFolder folder;
  std::mutex mutex;
  std::vector<std::string> reports;
  auto options = options_for(folder);
  options.report = [&](std::string_view text) {
    const std::lock_guard lock(mutex);
    reports.emplace_back(text);
  };
  auto store = TraceStore::open(options, 1, kClock).value();
  std::filesystem::create_directories(segment_path(folder.path(), 1));  // no file can be made here
  NumberedCall call(1);
  ASSERT_TRUE(store->sink(0).record(call.record()));
  wait_until([&] { return store->stats().failures >= 2; });
  EXPECT_EQ(store->stats().stored, 0u);
  std::filesystem::remove(segment_path(folder.path(), 1));
  wait_until([&] { return store->stats().stored == 1; });
  store->close();
  EXPECT_EQ(request_ids(folder), std::vector<std::string>{"1"});
  ASSERT_EQ(reports.size(), 2u);
  EXPECT_THAT(reports[0], HasSubstr(segment_path(folder.path(), 1)));
  EXPECT_THAT(reports[1], HasSubstr("stored again"));
}

TEST(TraceStore, recovers_journals_of_more_loops_and_of_another_size) {
  const TemporaryFolder folder;
  for (std::uint64_t loop = 0; loop < 3; ++loop) {
    auto journal =
        Journal::create(journal_path(folder.path(), loop), Journal::kBytesMin * 2).value();
    append(journal, loop * 10 + 1);
    append(journal, loop * 10 + 2);
  }
  auto store = open_store(folder, 1);
  EXPECT_THAT(request_ids(folder),
              ::testing::UnorderedElementsAre("1", "2", "11", "12", "21", "22"));
  EXPECT_FALSE(std::filesystem::exists(journal_path(folder.path(), 1)));
  EXPECT_FALSE(std::filesystem::exists(journal_path(folder.path(), 2)));
  NumberedCall call(99);
  EXPECT_TRUE(store->sink(0).record(call.record()));
  store->close();
  EXPECT_EQ(request_ids(folder).size(), 7u);
}

TEST(TraceStore, stores_once_though_the_journal_forgot_that_it_was_stored) {
  const TemporaryFolder folder;
  const std::string path = journal_path(folder.path(), 0);
  {
    auto journal = Journal::create(path, Journal::kBytesMin).value();
    append(journal, 1);
    append(journal, 2);
  }
  std::filesystem::copy_file(path, folder.file("before"));
  EXPECT_EQ(recover_folder(folder.path(), kToday, [](auto) {}).value().stored, 2u);
  // As if the process had died between the commit and the note in the journal.
  std::filesystem::rename(folder.file("before"), path);
  EXPECT_EQ(recover_folder(folder.path(), kToday, [](auto) {}).value().stored, 0u);
  EXPECT_EQ(request_ids(folder), (std::vector<std::string>{"1", "2"}));
}

TEST(TraceStore, sets_a_damaged_journal_aside) {
  const TemporaryFolder folder;
  const std::string path = journal_path(folder.path(), 0);
  { std::ofstream(path) << "no journal"; }
  std::vector<std::string> reports;
  auto options = options_for(folder);
  options.report = [&](std::string_view text) { reports.emplace_back(text); };
  auto store = TraceStore::open(options, 1, kClock).value();
  EXPECT_EQ(store->stats().damaged, 1u);
  ASSERT_EQ(reports.size(), 1u);
  EXPECT_THAT(reports[0], HasSubstr(path));
  EXPECT_TRUE(std::filesystem::exists(path + ".damaged"));
  NumberedCall call(1);
  EXPECT_TRUE(store->sink(0).record(call.record()));
}

TEST(TraceStore, the_cli_leaves_recovery_to_a_running_server) {
  const TemporaryFolder folder;
  auto store = open_store(folder);
  EXPECT_EQ(recover_folder(folder.path(), kToday, [](auto) {}).error().code, base::Errc::conflict);
  const TemporaryFolder empty;
  EXPECT_EQ(recover_folder(empty.path(), kToday, [](auto) {}).value().stored, 0u);
  EXPECT_TRUE(std::filesystem::is_empty(empty.path())) << "looking leaves nothing behind";
}

// Stores calls numbered from `first` on the day that `clock` says.
void store_on(const TemporaryFolder& folder, const base::Clock& clock, std::uint64_t first,
              std::uint64_t count, StorageOptions options = {}) {
  options.folder = folder.path();
  options.journal_bytes = Journal::kBytesMin;
  auto store = TraceStore::open(options, 1, clock).value();
  for (std::uint64_t i = first; i < first + count; ++i) {
    NumberedCall call(i);
    call.head().start_unix_us = clock.unix_us() + static_cast<std::int64_t>(i);
    while (!store->sink(0).record(call.record())) std::this_thread::yield();
  }
}

TEST(TraceStore, sets_damaged_days_aside_but_not_the_newest) {
  const TemporaryFolder folder;
  base::ManualClock clock;
  for (std::uint64_t day = 0; day < 4; ++day) {
    if (day > 0) clock.advance(base::seconds(86'400));
    store_on(folder, clock, day, 1);
  }
  const std::vector<Day> days = partition_days(folder.path());  // newest first
  ASSERT_EQ(days.size(), 4u);
  const std::string garbled = partition_path(folder.path(), days[3]);
  const std::string cut = partition_path(folder.path(), days[1]);
  const std::string newest = partition_path(folder.path(), days[0]);
  { std::ofstream(garbled) << std::string(40'000, 'x'); }
  std::filesystem::resize_file(cut, 16'384);
  std::vector<std::string> reports;
  auto options = options_for(folder);
  options.report = [&](std::string_view text) { reports.emplace_back(text); };
  TraceStore::open(options, 1, clock).value()->close();
  ASSERT_EQ(reports.size(), 2u);
  EXPECT_THAT(reports[0], HasSubstr(cut + ".damaged"));
  EXPECT_THAT(reports[1], HasSubstr(garbled + ".damaged"));
  EXPECT_TRUE(std::filesystem::exists(cut + ".damaged"));
  EXPECT_FALSE(std::filesystem::exists(garbled));
  EXPECT_EQ(request_ids(folder), (std::vector<std::string>{"1", "3"}));
  { std::ofstream(newest) << std::string(40'000, 'x'); }
  const auto refused = TraceStore::open(options, 1, clock);
  ASSERT_FALSE(refused.has_value());
  EXPECT_THAT(refused.error().detail, HasSubstr(newest));
  EXPECT_TRUE(std::filesystem::exists(newest));
}

TEST(TraceStore, deletes_what_is_older_than_the_retention) {
  const TemporaryFolder folder;
  base::ManualClock clock;
  store_on(folder, clock, 0, 60);
  clock.advance(base::seconds(31 * 86'400));
  store_on(folder, clock, 60, 40);
  auto store =
      TraceStore::open({.folder = folder.path(), .journal_bytes = Journal::kBytesMin}, 1, clock)
          .value();
  wait_until([&] { return request_ids(folder).size() == 40; });
  EXPECT_EQ(request_ids(folder).front(), "60");
  wait_until([&] { return store->stats().days_dropped == 1; });
}

TEST(TraceStore, deletes_the_content_with_its_calls) {
  const TemporaryFolder folder;
  base::ManualClock clock;
  store_on(folder, clock, 1, 1);
  clock.advance(base::seconds(40 * 86'400));
  auto options = options_for(folder);
  options.retention_days = 30;
  auto store = TraceStore::open(options, 1, clock).value();
  wait_until([&] { return !std::filesystem::exists(segment_path(folder.path(), 1)); });
  NumberedCall young(2);
  young.head().start_unix_us = clock.unix_us();
  ASSERT_TRUE(store->sink(0).record(young.record()));
  store->close();
  auto reader = TraceReader::open(folder.path()).value();
  EXPECT_EQ(reader.get(young.record().trace.hex()).value().without_content, 0u);
  EXPECT_TRUE(std::filesystem::exists(segment_path(folder.path(), 2)));
}

TEST(TraceStore, goes_on_with_the_next_day_while_it_runs) {
  const TemporaryFolder folder;
  MovableClock clock;
  auto options = options_for(folder);
  options.report = [](std::string_view text) { ADD_FAILURE() << text; };
  auto store = TraceStore::open(options, 1, clock).value();
  for (std::uint64_t day = 0; day < 3; ++day) {
    NumberedCall call(day);
    call.head().start_unix_us = clock.unix_us();
    ASSERT_TRUE(store->sink(0).record(call.record()));
    wait_until([&] { return store->stats().stored == day + 1; });
    if (day < 2) clock.skip(day == 1 ? -kDayUs : 2 * kDayUs);  // once back over midnight
  }
  store->close();
  EXPECT_EQ(partition_days(folder.path()).size(), 3u);
  EXPECT_THAT(request_ids(folder), ::testing::ElementsAre("0", "2", "1"));
  EXPECT_EQ(store->stats().failures, 0u);
}

TEST(TraceStore, keeps_spans_longer_than_content_and_totals_longest) {
  const TemporaryFolder folder;
  base::ManualClock clock;
  StorageOptions options{.retention_days = 20, .content_days = 5};
  store_on(folder, clock, 0, 3, options);
  clock.advance(base::seconds(10 * 86'400));
  options.folder = folder.path();
  options.journal_bytes = Journal::kBytesMin;
  {
    auto store = TraceStore::open(options, 1, clock).value();
    wait_until([&] { return store->stats().contents_dropped == 1; });
    EXPECT_EQ(request_ids(folder).size(), 3u);
    NumberedCall call(1);
    auto reader = TraceReader::open(folder.path()).value();
    EXPECT_EQ(reader.get(call.record().trace.hex()).value().without_content, 1u);
  }
  clock.advance(base::seconds(20 * 86'400));
  auto store = TraceStore::open(options, 1, clock).value();
  wait_until([&] { return store->stats().days_dropped == 1; });
  EXPECT_EQ(request_ids(folder).size(), 0u);
  std::int64_t calls = 0;
  const auto read = read_hours(folder.path(), 0, [&](const HourGroup& group, const HourTotals& t) {
    EXPECT_EQ(group.model, "small");
    EXPECT_EQ(t.durations.total(), 3u);
    calls += t.calls;
  });
  EXPECT_TRUE(read.has_value());
  EXPECT_EQ(calls, 3);
}

TEST(TraceStore, keeps_its_files_from_others) {
  const TemporaryFolder folder;
  auto options = options_for(folder);
  options.folder = folder.file("new/data");
  auto store = TraceStore::open(options, 1, kClock).value();
  NumberedCall call(1);
  ASSERT_TRUE(store->sink(0).record(call.record()));
  wait_until([&] { return store->stats().stored == 1; });
  using std::filesystem::perms;
  EXPECT_EQ(std::filesystem::status(options.folder).permissions(), perms::owner_all);
  for (const auto& entry : std::filesystem::directory_iterator(options.folder)) {
    EXPECT_EQ(entry.status().permissions() & (perms::group_all | perms::others_all), perms::none)
        << entry.path();
  }
}

}  // namespace
}  // namespace headgate::storage
