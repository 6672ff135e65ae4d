// How far each journal was stored, as partitions note it with each batch. Positions only grow and a
// batch commits to one partition, so the largest of all partitions is the true one, also when the
// clock went back over midnight in between. A new partition starts with what is known.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "base/result.h"
#include "storage/sqlite.h"

namespace headgate::storage {

struct JournalPosition {
  std::uint64_t position = 0;
  std::uint64_t stored = 0;  // calls that this journal ever brought
  std::uint64_t damaged = 0;
  std::uint64_t dropped = 0;
};
using JournalPositions = std::map<std::int64_t, JournalPosition>;  // by the journal's id

/// Of all partitions in `folder`.
base::Result<JournalPositions> read_positions(const std::string& folder);

/// Merges what the table `journals` of `database` says into `positions`.
base::Result<void> read_positions(Database& database, JournalPositions& positions);

class PositionTable {
 public:
  static base::Result<PositionTable> open(Database& partition);
  base::Result<void> save(std::int64_t journal, const JournalPosition& position);

 private:
  explicit PositionTable(Statement save) : save_(std::move(save)) {}
  Statement save_;
};

}  // namespace headgate::storage
