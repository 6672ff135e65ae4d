// Moves records from journals into the partition of the day: a batch is one transaction that also
// stores how far each journal was read, so every record gets there exactly once whatever happens.
// No thread of its own: the trace store's writer calls it, and so does recovery before a server
// starts or in the CLI.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "storage/journal/journal.h"
#include "storage/partitions/partition.h"
#include "storage/partitions/positions.h"
#include "telemetry/span_codec.h"

namespace headgate::storage {

class JournalDrain {
 public:
  struct Batch {
    std::size_t stored = 0;   // exchanges
    std::size_t damaged = 0;  // runs of bytes that were no record, and records that did not decode
    bool more = false;        // the batch was full before the journals were empty
  };
  struct Hooks {
    /// Gets partitions that are done with; null: they are closed on the spot.
    std::function<void(std::unique_ptr<Partition>)> retire;
    /// For partitions' checkpoints on a thread of their own; null: none.
    std::function<void(std::string_view)> report;
  };

  /// `journals` outlive the drain; `folder` is where partitions and the record log stand.
  static base::Result<JournalDrain> open(const std::string& folder,
                                         std::span<Journal* const> journals, Hooks hooks);
  JournalDrain(JournalDrain&&) = default;
  JournalDrain& operator=(JournalDrain&&) = delete;
  ~JournalDrain();

  /// Goes over to the partition of `day`, which is made if need be. Cheap where it is open already.
  base::Result<void> switch_to(Day day);

  /// Stores at most about `bytes_max` of records. On failure nothing has changed: call again later.
  /// REQUIRES: switch_to() has succeeded.
  base::Result<Batch> store_batch(std::size_t bytes_max);

 private:
  struct Source {
    Journal* journal = nullptr;
    JournalPosition position;  // as stored
  };

  JournalDrain(std::string folder, JournalPositions positions, std::int64_t segment, Hooks hooks);
  base::Result<void> begin_partition();
  base::Result<void> read(Source& source, std::size_t bytes_left, Batch& batch);
  base::Result<void> read_all(std::vector<Source>& sources, std::size_t bytes_max, Batch& batch);
  void retire();

  std::string folder_;
  JournalPositions positions_;  // of all journals there ever were, as of the last switch
  std::int64_t segment_min_;
  Hooks hooks_;
  telemetry::ExchangeDecoder decoder_;
  std::vector<Source> sources_;
  std::unique_ptr<Partition> partition_;
  std::unique_ptr<PositionTable> table_;  // in partition_, and so goes before it
};

}  // namespace headgate::storage
