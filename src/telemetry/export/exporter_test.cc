#include "telemetry/export/exporter.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <filesystem>

#include "telemetry/export/temporary_folder.h"
#include "telemetry/otlp/decode_protobuf.h"
#include "telemetry/span_codec.h"

namespace headgate::telemetry {
namespace {

using base::milliseconds;
using base::seconds;

// An exporter under a clock of the test's, with a collector that answers what it is told.
class ExporterTest : public testing::Test {
 protected:
  ExporterTest() { start(); }

  void start() {
    auto queue = DiskQueue::open(folder_.path() + "/q");
    exporter_ = std::make_unique<Exporter>(
        loop_, std::move(*queue), stats_,
        [this](std::string_view event, std::string_view) { events_.emplace_back(event); });
    change();
    tasks_.spawn(exporter_->run());
  }

  void change() {
    exporter_->change(std::make_shared<const ExportRules>(rules_),
                      [this](std::string_view body) { return send(body); });
  }

  base::Async<SendResult> send(std::string_view body) {
    const auto read = otlp::decode_protobuf(body, {});
    EXPECT_TRUE(read);
    sizes_.push_back(read->spans.size());
    times_.push_back(clock_.now());
    SendResult result;
    result.status = 200;
    if (!answers_.empty()) {
      result = answers_.front();
      answers_.pop_front();
    }
    co_return result;
  }

  void put(std::size_t records, std::size_t spans_each = 1) {
    for (std::size_t i = 0; i < records; ++i) {
      std::vector<Span> spans(spans_each);
      for (Span& span : spans) span.id = base::SpanId::random(random_);
      const ExchangeRecord record{.trace = base::TraceId::random(random_), .spans = spans};
      std::vector<std::byte> bytes(encoded_size(record));
      encode(record, bytes.data());
      exporter_->queue().append(bytes, static_cast<std::uint32_t>(spans_each), {1, ++next_},
                                rules_.queue_bytes);
    }
    exporter_->queue().flush();
    exporter_->note_queue();
  }

  void pass(base::Duration time) {
    const base::MonoTime until = clock_.now() + time;
    loop_.run_ready();
    while (loop_.wheel().next() <= until) {
      clock_.advance_to(loop_.wheel().next());
      loop_.wheel().advance(clock_.now());
      loop_.run_ready();
    }
    clock_.advance_to(until);
  }

  static SendResult answer(int status, std::optional<base::Duration> retry_after = {}) {
    SendResult out;
    out.status = status;
    out.retry_after = retry_after;
    return out;
  }
  std::uint64_t lost(ExportLoss why) const {
    return stats_->lost[static_cast<std::size_t>(why)].load();
  }

  TemporaryFolder folder_;
  base::ManualClock clock_;
  base::SeededRandom random_{1};
  ExportRules rules_;
  std::shared_ptr<ExportStats> stats_ = std::make_shared<ExportStats>();
  std::deque<SendResult> answers_;
  std::vector<std::size_t> sizes_;  // spans of each request
  std::vector<base::MonoTime> times_;
  std::vector<std::string> events_;
  std::uint64_t next_ = 0;
  std::unique_ptr<Exporter> exporter_;
  base::Loop loop_{clock_, std::make_unique<base::SeededRandom>(2)};
  base::TaskGroup tasks_{loop_, nullptr};
};

TEST_F(ExporterTest, gathers_until_the_delay_or_a_full_batch) {
  put(3);
  pass(milliseconds(500));
  EXPECT_TRUE(sizes_.empty());
  pass(milliseconds(700));
  EXPECT_EQ(sizes_, std::vector<std::size_t>{3});
  put(600);
  pass(milliseconds(200));
  ASSERT_GE(sizes_.size(), 2u);
  EXPECT_EQ(sizes_[1], 512u);
  pass(seconds(2));
  EXPECT_EQ(sizes_.back(), 88u);
  EXPECT_EQ(stats_->exported, 603u);
  EXPECT_EQ(stats_->queue_spans, 0u);
}

TEST_F(ExporterTest, comes_again_with_growing_pauses_until_it_is_taken) {
  for (int i = 0; i < 5; ++i) answers_.push_back(answer(i % 2 == 0 ? 503 : 0));
  put(1);
  pass(seconds(120));
  ASSERT_EQ(times_.size(), 6u);
  for (std::size_t i = 1; i < times_.size(); ++i) {
    const auto most = std::min<base::Duration>(seconds(1) * (1 << (i - 1)), seconds(30));
    EXPECT_GE(times_[i] - times_[i - 1], most / 2) << i;
    EXPECT_LE(times_[i] - times_[i - 1], most + milliseconds(100)) << i;
  }
  EXPECT_EQ(stats_->exported, 1u);
  EXPECT_EQ(stats_->failures, 5u);
  EXPECT_EQ(events_, (std::vector<std::string>{"otlp_export_failing", "otlp_export_resumed"}));
}

// The queue's file is not open yet, and for a while it is a link to itself.
TEST_F(ExporterTest, a_queue_that_cannot_be_read_now_is_read_again) {
  namespace fs = std::filesystem;
  put(3);
  const fs::path away = folder_.path() + "/away";
  const auto files = fs::directory_iterator(folder_.path() + "/q");
  const auto found = std::find_if(begin(files), end(files), [](const fs::directory_entry& file) {
    return file.path().filename().string().starts_with("0");
  });
  ASSERT_NE(found, end(files));
  const fs::path file = found->path();
  fs::rename(file, away);
  fs::create_symlink(file, file);
  pass(seconds(5));
  fs::remove(file);
  fs::rename(away, file);
  EXPECT_TRUE(sizes_.empty());
  EXPECT_GE(stats_->failures, 1u);
  EXPECT_TRUE(stats_->failing);
  EXPECT_EQ(stats_->queue_spans, 3u);
  pass(seconds(60));
  EXPECT_EQ(sizes_, std::vector<std::size_t>{3});
  EXPECT_EQ(stats_->exported, 3u);
  EXPECT_EQ(lost(ExportLoss::damaged), 0u);
  EXPECT_EQ(events_, (std::vector<std::string>{"otlp_export_failing", "otlp_export_resumed"}));
}

TEST_F(ExporterTest, obeys_retry_after) {
  answers_.push_back(answer(429, seconds(100)));
  put(1);
  pass(seconds(90));
  EXPECT_EQ(times_.size(), 1u);
  pass(seconds(20));
  EXPECT_EQ(times_.size(), 2u);
}

TEST_F(ExporterTest, drops_and_counts_what_is_refused_for_good) {
  answers_.push_back(answer(400));
  put(4, 2);
  pass(seconds(2));
  EXPECT_EQ(lost(ExportLoss::refused), 8u);
  EXPECT_EQ(stats_->exported, 0u);
  put(1);
  pass(seconds(2));
  EXPECT_EQ(stats_->exported, 1u);
}

TEST_F(ExporterTest, keeps_what_only_the_configuration_is_to_blame_for) {
  for (const int status : {401, 403, 404}) answers_.push_back(answer(status));
  put(4);
  pass(seconds(30));
  EXPECT_EQ(stats_->exported, 4u);
  EXPECT_EQ(lost(ExportLoss::refused), 0u);
}

TEST_F(ExporterTest, counts_partial_success) {
  SendResult partial = answer(200);
  partial.body = otlp::encode(otlp::Response{3, "too old"}, otlp::Encoding::protobuf);
  answers_.push_back(partial);
  put(10);
  pass(seconds(2));
  EXPECT_EQ(stats_->exported, 7u);
  EXPECT_EQ(lost(ExportLoss::rejected), 3u);
}

TEST_F(ExporterTest, sends_less_at_once_where_that_was_too_much) {
  for (int i = 0; i < 3; ++i) answers_.push_back(answer(413));
  put(8);
  pass(seconds(10));
  ASSERT_GE(sizes_.size(), 4u);
  EXPECT_EQ(std::vector<std::size_t>(sizes_.begin(), sizes_.begin() + 4),
            (std::vector<std::size_t>{8, 4, 2, 1}));
  EXPECT_EQ(stats_->exported, 8u);
}

TEST_F(ExporterTest, a_record_that_is_too_large_alone_is_dropped) {
  answers_.push_back(answer(413));
  put(1, 5);
  pass(seconds(2));
  EXPECT_EQ(lost(ExportLoss::refused), 5u);
}

TEST_F(ExporterTest, a_changed_configuration_is_tried_at_once) {
  answers_.push_back(answer(401, seconds(1000)));
  put(1);
  pass(seconds(100));
  EXPECT_EQ(times_.size(), 1u);
  change();
  pass(seconds(1));
  EXPECT_EQ(stats_->exported, 1u);
}

TEST_F(ExporterTest, what_was_not_sent_waits_for_the_next_process) {
  answers_.push_back(answer(503, seconds(1000)));
  put(5);
  pass(seconds(2));
  exporter_->stop(clock_.now());
  pass(seconds(1));
  EXPECT_EQ(tasks_.running(), 0u);
  start();
  pass(seconds(2));
  EXPECT_EQ(stats_->exported, 5u);
}

TEST_F(ExporterTest, sends_the_rest_when_it_is_stopped) {
  put(5);
  exporter_->stop(clock_.now() + seconds(3));
  pass(seconds(1));
  EXPECT_EQ(sizes_, std::vector<std::size_t>{5});
  EXPECT_EQ(tasks_.running(), 0u);
}

TEST(Delivery, judges_every_status) {
  for (int status = 100; status < 600; ++status) {
    SendResult result;
    result.status = status;
    const Verdict verdict = judge(result, otlp::Encoding::json).verdict;
    if (status / 100 == 2) {
      EXPECT_EQ(verdict, Verdict::delivered) << status;
    } else if (status == 429 || status == 502 || status == 503 || status == 504) {
      EXPECT_EQ(verdict, Verdict::again) << status;
    } else if (status == 400 || status == 500 || status == 415) {
      EXPECT_EQ(verdict, Verdict::refused) << status;
    }
  }
}

}  // namespace
}  // namespace headgate::telemetry
