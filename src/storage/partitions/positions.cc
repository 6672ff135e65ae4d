#include "storage/partitions/positions.h"

#include <algorithm>

#include "storage/partitions/schema.h"

namespace headgate::storage {

base::Result<void> read_positions(Database& database, JournalPositions& positions) {
  auto rows = database.prepare("SELECT id, position, stored, damaged, dropped FROM journals");
  if (!rows) return rows.error();
  for (;;) {
    const auto row = rows->step();
    if (!row) return row.error();
    if (!*row) return {};
    JournalPosition& known = positions[rows->integer(0)];
    int column = 1;
    for (std::uint64_t JournalPosition::*const member :
         {&JournalPosition::position, &JournalPosition::stored, &JournalPosition::damaged,
          &JournalPosition::dropped}) {
      known.*member = std::max(known.*member, static_cast<std::uint64_t>(rows->integer(column++)));
    }
  }
}

base::Result<JournalPositions> read_positions(const std::string& folder) {
  JournalPositions positions;
  for (const Day day : partition_days(folder)) {
    auto partition = open_partition_to_read(folder, day);
    if (!partition && partition.error().code == base::Errc::not_found) continue;
    if (!partition) return partition.error();
    const auto read = read_positions(*partition, positions);
    if (!read) return read.error();
  }
  return positions;
}

base::Result<PositionTable> PositionTable::open(Database& partition) {
  auto save = partition.prepare(
      "INSERT INTO journals (id, position, stored, damaged, dropped) VALUES (?,?,?,?,?)"
      " ON CONFLICT (id) DO UPDATE SET position = excluded.position, stored = excluded.stored,"
      " damaged = excluded.damaged, dropped = excluded.dropped");
  if (!save) return save.error();
  return PositionTable(std::move(*save));
}

base::Result<void> PositionTable::save(std::int64_t journal, const JournalPosition& position) {
  save_.bind(1, journal);
  save_.bind(2, static_cast<std::int64_t>(position.position));
  save_.bind(3, static_cast<std::int64_t>(position.stored));
  save_.bind(4, static_cast<std::int64_t>(position.damaged));
  save_.bind(5, static_cast<std::int64_t>(position.dropped));
  return save_.run();
}

}  // namespace headgate::storage
