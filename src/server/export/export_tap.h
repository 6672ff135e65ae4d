// A loop's way to the exporters: a copy of each record into a journal of its own, as the trace
// store does it, so that what was recorded survives kill -9 and no request waits for a disk. Does
// nothing while there are no exporters. Used by the loop's thread; opened and closed by any.
#pragma once

#include <atomic>

#include "storage/journal/journal.h"
#include "storage/traces/writer_priority.h"
#include "telemetry/sink.h"

namespace headgate::server {

class ExportTap {
 public:
  /// `journal` outlives the tap; null: closed.
  void open(storage::Journal* journal, storage::WriterPriority* priority) {
    priority_.store(priority, std::memory_order_release);
    journal_.store(journal, std::memory_order_release);
  }
  void record(const telemetry::ExchangeRecord& record);
  /// The same where there is room. False: not now, and nothing is counted.
  bool try_record(const telemetry::ExchangeRecord& record);

 private:
  std::atomic<storage::Journal*> journal_{nullptr};
  std::atomic<storage::WriterPriority*> priority_{nullptr};
};

}  // namespace headgate::server
