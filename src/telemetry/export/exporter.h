// Sends what waits in one queue to one collector, batch by batch, and comes again where that fails.
// Everything of a collector is here but the network: `send` is handed in. Lives on the export
// thread's loop, with its queue; the counters may be read by any thread.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/async/loop.h"
#include "telemetry/conventions/write.h"
#include "telemetry/export/delivery.h"
#include "telemetry/export/disk_queue.h"

namespace headgate::telemetry {

struct ExportRules {
  otlp::Encoding encoding = otlp::Encoding::protobuf;
  WriteOptions write;
  std::size_t batch_spans_max = 512;
  std::size_t batch_bytes_max = 4 * 1024 * 1024;
  base::Duration batch_delay = base::seconds(1);
  base::Duration backoff = base::seconds(1);
  base::Duration backoff_max = base::seconds(30);
  std::uint64_t queue_bytes = 256 * 1024 * 1024;
};

/// For the metrics; written by the export thread alone.
struct ExportStats {
  std::atomic<std::uint64_t> exported{0};
  std::array<std::atomic<std::uint64_t>, kExportLossCount> lost{};
  std::atomic<std::uint64_t> queue_bytes{0};
  std::atomic<std::uint64_t> queue_spans{0};
  std::atomic<std::uint64_t> requests{0};
  std::atomic<std::uint64_t> failures{0};  // requests that will come again, unreadable queues
  std::atomic<bool> failing{false};
};

class Exporter {
 public:
  /// Sends a body and tells what came of it; the body lives until then.
  using Send = std::function<base::Async<SendResult>(std::string_view body)>;
  /// For the log: what changed ("export_failing", "export_resumed", "export_refused"), and why.
  using Report = std::function<void(std::string_view event, std::string_view message)>;

  Exporter(base::Loop& loop, DiskQueue queue, std::shared_ptr<ExportStats> stats, Report report);

  DiskQueue& queue() { return queue_; }
  const ExportRules& rules() const { return *rules_; }

  /// From the next batch on; a pause that is under way ends. REQUIRED before run().
  void change(std::shared_ptr<const ExportRules> rules, Send send);
  /// After the queue was written to.
  void note_queue();

  /// Until stop(), and then until the queue is empty, a request has failed or `until` has come.
  base::Async<void> run();
  void stop(base::MonoTime until);

 private:
  base::Async<void> wait_for_batch();
  base::Async<void> send_batch();
  std::string encode(const std::vector<DiskQueue::Record>& records);
  bool take_unreadable(std::vector<DiskQueue::Record>& records);
  void follow(const SendResult& result, std::size_t records);
  void fail_again(std::string_view why, std::optional<base::Duration> retry_after = {});
  bool is_over() const;
  bool has_batch() const;

  base::Loop& loop_;
  DiskQueue queue_;
  std::shared_ptr<const ExportRules> rules_;
  Send send_;
  Report report_;
  std::shared_ptr<ExportStats> stats_;
  Backoff backoff_;
  base::MonoTime not_before_ = base::MonoTime::min();   // after a failure
  base::MonoTime waits_since_ = base::MonoTime::max();  // the oldest span; max: none does
  std::size_t records_max_ = SIZE_MAX;  // of a request, where larger ones were refused
  bool stopping_ = false;
  base::MonoTime stop_until_ = base::MonoTime::max();
};

}  // namespace headgate::telemetry
