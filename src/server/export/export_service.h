// Traces on their way out: a thread of its own moves records from the loops' taps into a queue on
// disk for each exporter, and sends from there. Nothing here waits for a loop, and no loop for it.
// Records of sampled routes are passed over: those that stay come from the store's caretaker. For
// some seconds after a change only those that are deferred before and after it.
// Made by app.cc; start() before the loops run, stop() after they have ended, apply() in between.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/async/loop.h"
#include "base/async/snapshot.h"
#include "base/text/log.h"
#include "server/export/export_tap.h"
#include "server/export/plan.h"
#include "storage/sampling/recent_policies.h"
#include "telemetry/metrics.h"
#include "telemetry/span_codec.h"

namespace headgate::server {

struct ExportOptions {
  std::string folder;         // the storage folder; everything of ours stands in otlp/ below it
  std::size_t journal_bytes;  // of a loop's tap
  std::size_t loops;
  std::shared_ptr<const storage::SamplingPolicy> sampling = nullptr;  // null: nothing is deferred
};

class ExportService {
 public:
  ExportService(ExportOptions options, const base::Clock& clock, base::Log& log,
                telemetry::Metrics& metrics);
  ~ExportService();
  ExportService(const ExportService&) = delete;
  ExportService& operator=(const ExportService&) = delete;

  /// Takes up what an earlier process left. Does no more while `plans` are none.
  base::Result<void> start(ExportPlans plans);
  /// After a reload: what is new begins, what is gone ends, what stays goes on with its queue.
  void apply(ExportPlans plans);
  /// Sends for a moment what is left; the rest waits on disk for the next start.
  void stop();

  ExportTap& tap(std::size_t loop) { return taps_[loop]; }

  /// What was deferred and stays after all. Of the store's caretaker. False: not now, ask again.
  bool take_kept(const telemetry::ExchangeRecord& record);
  /// From any thread.
  void set_sampling(std::shared_ptr<const storage::SamplingPolicy> policy);

 private:
  struct Running;
  using Names = std::map<std::string, std::shared_ptr<Running>, std::less<>>;

  base::Result<void> open_journals();
  base::Result<void> make_journals();
  base::Result<void> add(const std::string& name, const ExportPlan& plan);
  void add_metrics(const std::string& name);
  void run();
  void reconcile();
  void drain();
  void drain(storage::Journal& journal);
  bool is_deferred(const storage::Journal& journal, std::span<const std::byte> payload);
  void open_taps(bool open);
  base::Async<void> keep_draining();
  base::Async<void> keep_sending(std::shared_ptr<Running> running);
  base::Async<void> finish();
  bool has_room() const;

  ExportOptions options_;
  base::Log& log_;
  telemetry::Metrics& metrics_;
  base::SnapshotCell<storage::SamplingPolicy> sampling_;
  std::vector<ExportTap> taps_;                              // one a loop, and one of the caretaker
  std::vector<std::unique_ptr<storage::Journal>> journals_;  // likewise; none: not begun
  std::vector<std::unique_ptr<storage::Journal>> left_;      // of loops that are no more
  storage::WriterPriority priority_;
  std::map<std::string, std::shared_ptr<telemetry::ExportStats>, std::less<>> stats_;

  std::mutex mutex_;  // of wanted_ and is_changed_
  ExportPlans wanted_;
  bool is_changed_ = false;

  base::Loop loop_;
  base::TaskGroup tasks_;
  // Of the thread, or before it runs.
  storage::RecentPolicies policies_;  // as sampling_ has them
  Names running_;
  std::vector<std::shared_ptr<Running>> ending_;
  telemetry::ExchangeDecoder decoder_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace headgate::server
