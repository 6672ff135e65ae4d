// What waits for a collector: records in append-only segment files, each with a checksum, bounded
// in bytes. What was appended and flushed outlives the process, kill -9 included; a power cut may
// lose the last seconds. When it is full, new records are dropped and counted, so that what was
// taken in is kept. Every span ends in exactly one of its totals, or still waits. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "telemetry/export/queue_state.h"

namespace headgate::telemetry {

class DiskQueue {
 public:
  static constexpr std::uint64_t kSegmentBytes = 8 * 1024 * 1024;  // a new file is begun beyond

  /// Creates `folder` where it is not there; finds again what an earlier process left in it.
  static base::Result<DiskQueue> open(const std::string& folder);
  DiskQueue(DiskQueue&& other) noexcept;
  DiskQueue& operator=(DiskQueue&&) = delete;
  ~DiskQueue();

  // In.
  /// Where in a journal the next record to append stands; 0: none of it was taken yet.
  std::uint64_t next_of(std::int64_t source) const { return state_.next_of(source); }
  /// Takes a copy, unless it would make more than `bytes_max` wait. `source`: where the journal
  /// goes on behind it.
  void append(std::span<const std::byte> record, std::uint32_t spans, const QueueSource& source,
              std::uint64_t bytes_max);
  /// Passes over what a journal has up to there.
  void pass(const QueueSource& source);
  /// Writes what was appended, and how far. Only then may the journals' room be used again.
  void flush();

  // Out.
  struct Record {
    std::string bytes;
    std::uint32_t spans = 0;
  };
  /// The records that were flushed and wait longest: at least one where there is one, else within
  /// the limits. They stay until take(). An error: none can be read now, and nothing has changed.
  base::Result<std::vector<Record>> peek(std::size_t spans_max, std::size_t bytes_max);
  /// The first `records` of the last peek() are done with; of their spans `lost` were lost.
  void take(std::size_t records, std::uint64_t lost, ExportLoss loss);

  std::uint64_t bytes() const { return bytes_; }  // that wait
  std::uint64_t spans() const { return state_.write.span - state_.read.span; }
  const ExportTotals& totals() const { return state_.totals; }

 private:
  struct Frame;
  DiskQueue(std::string folder, QueueStateFile file);

  base::Result<void> recover();
  base::Result<void> scan_segment(std::uint64_t segment, std::uint64_t from);
  base::Result<std::vector<std::uint64_t>> segments() const;
  std::string path_of(std::uint64_t segment) const;
  bool write_pending();
  bool open_for_write(std::uint64_t segment, std::uint64_t offset);
  base::Result<bool> read_frame(QueuePlace& at, Frame& frame, std::string& payload);
  base::Result<bool> find_frame(QueuePlace& at, QueuePlace& behind, Record& record);
  void skip_to(const QueuePlace& place);
  base::Result<bool> open_for_read(std::uint64_t segment);
  base::Result<bool> read_all(std::span<char> out, std::uint64_t offset) const;
  base::Result<std::uint64_t> end_of(std::uint64_t segment) const;
  base::Error cannot_read(std::uint64_t segment) const;
  void lose(std::uint64_t spans, ExportLoss loss) { state_.totals.of(loss) += spans; }
  void set_read(const QueuePlace& place);
  void count_bytes();

  std::string folder_;
  QueueStateFile file_;
  QueueState state_;
  std::uint64_t bytes_ = 0;
  std::string pending_;  // frames that were appended and not yet written
  std::uint64_t pending_spans_ = 0;
  bool is_full_ = false;            // since the last flush()
  bool is_dirty_ = false;           // likewise: something is to be flushed
  std::vector<QueuePlace> peeked_;  // behind each record of the last peek()
  int write_fd_ = -1;
  std::uint64_t write_segment_ = 0;  // that write_fd_ is open on
  int read_fd_ = -1;
  std::uint64_t read_segment_ = 0;
};

}  // namespace headgate::telemetry
