// A folder with calls in it and a sweeper beside, for tests of sampling: written as the store's
// writer does it, read as its readers do. Not linked into the program.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "storage/sampling/sweeper.h"
#include "storage/temporary_folder.h"
#include "storage/traces/journal_drain.h"
#include "storage/traces/numbered_call.h"
#include "storage/traces/trace_reader.h"
#include "storage/traces/trace_store.h"

namespace headgate::storage {

inline constexpr std::uint32_t kTenth = kAllPpm / 10;
inline constexpr base::seconds kQuiet{60};

inline std::shared_ptr<const SamplingPolicy> keep(std::uint32_t ppm) {
  auto policy = std::make_shared<SamplingPolicy>();
  policy->add("r", {.keep_ppm = ppm, .slow_us = 5'000'000, .quiet_us = 60'000'000});
  policy->add("all", {});
  return policy;
}

// Writes as the store's writer does, on this thread.
class SweptWriter {
 public:
  SweptWriter(const TemporaryFolder& folder, Day day)
      : folder_(folder),
        journal_(Journal::create(folder.file("journal-test.ring"), 1 << 22).value()) {
    Journal* const journals[] = {&journal_};
    drain_.emplace(JournalDrain::open(folder.path(), journals, {}).value());
    go_to(day);
  }
  ~SweptWriter() {
    drain_.reset();
    std::filesystem::remove(folder_.file("journal-test.ring"));
  }
  SweptWriter(const SweptWriter&) = delete;
  SweptWriter& operator=(const SweptWriter&) = delete;

  void go_to(Day day) { ASSERT_TRUE(drain_->switch_to(day)); }
  void store(const telemetry::ExchangeRecord& record) {
    std::byte* const at = journal_.reserve(telemetry::encoded_size(record));
    ASSERT_NE(at, nullptr);
    telemetry::encode(record, at);
    journal_.publish();
    ASSERT_TRUE(drain_->store_batch(1 << 22));
  }

 private:
  const TemporaryFolder& folder_;
  Journal journal_;
  std::optional<JournalDrain> drain_;
};

inline std::string content_of(std::uint64_t number) {
  return "secret-" + std::to_string(number) + "-" + std::string(900, 's');
}

class SweeperFixture : public ::testing::Test {
 protected:
  SweeperFixture() : day_(day_of(clock_.unix_us())) {}

  TraceSweeper::Options options(std::uint32_t ppm = kTenth) {
    return {.folder = folder_.path(), .policy = keep(ppm)};
  }
  void sweep(TraceSweeper& sweeper) {
    for (int i = 0; i < 1000; ++i) {
      const auto more = sweeper.step(day_);
      ASSERT_TRUE(more) << more.error().detail;
      if (!*more) break;
    }
    ASSERT_TRUE(sweeper.step(day_)) << "content";
  }
  void end_all(TraceSweeper& sweeper) {
    sweep(sweeper);
    clock_.advance(kQuiet);
    sweep(sweeper);
  }
  void store(SweptWriter& writer, std::uint64_t trace, std::uint64_t number,
             std::optional<base::Errc> error = std::nullopt, std::string_view route = "r") {
    NumberedCall call(number);
    const std::string content = content_of(number);
    const NumberedCall named(trace);
    call.record().trace = const_cast<NumberedCall&>(named).record().trace;
    call.head().input = content;
    call.head().error = error;
    call.record().route = route;
    writer.store(call.record());
  }
  void store_all(SweptWriter& writer, std::uint64_t first, std::uint64_t last) {
    for (std::uint64_t i = first; i <= last; ++i) store(writer, i, i);
  }
  static base::TraceId id_of(std::uint64_t number) { return NumberedCall(number).record().trace; }
  static bool lucky(std::uint64_t number, std::uint32_t ppm = kTenth) {
    return randomness_of(id_of(number)) >= threshold_of(ppm);
  }
  static std::uint64_t first_that(bool is_kept, std::uint64_t from = 1) {
    while (lucky(from) != is_kept) ++from;
    return from;
  }
  std::set<std::uint64_t> stored() {
    std::set<std::uint64_t> numbers;
    auto reader = TraceReader::open(folder_.path()).value();
    for (const auto& call : reader.list({{}, 100'000}).value().calls) {
      const auto number = std::stoull(std::string(call.record().request_id));
      EXPECT_TRUE(numbers.insert(number).second);
      const auto trace = reader.get(call.record().trace.hex()).value();
      EXPECT_EQ(trace.without_content, 0u) << number;
    }
    return numbers;
  }
  // Whose content is in any file.
  std::set<std::uint64_t> on_disk() {
    std::set<std::uint64_t> numbers;
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
      const std::string name = entry.path().filename();
      if (name.starts_with("journal-")) continue;
      std::ifstream file(entry.path(), std::ios::binary);
      const std::string bytes{std::istreambuf_iterator<char>(file), {}};
      const std::string mark = "secret-";
      for (auto at = bytes.find(mark); at != std::string::npos; at = bytes.find(mark, at + 1)) {
        numbers.insert(std::strtoull(bytes.c_str() + at + mark.size(), nullptr, 10));
      }
    }
    return numbers;
  }

  const TemporaryFolder folder_;
  base::ManualClock clock_;
  Day day_;
  // headgate.db, which readers look for.
  void SetUp() override {
    TraceStore::open({.folder = folder_.path()}, 1, clock_).value()->close();
  }
};

}  // namespace headgate::storage
