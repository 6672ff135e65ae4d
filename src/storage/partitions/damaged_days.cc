#include "storage/partitions/damaged_days.h"

#include <array>
#include <filesystem>
#include <optional>
#include <vector>

#include "storage/partitions/day.h"
#include "storage/sqlite.h"

namespace headgate::storage {
namespace {

// What is read of each day at start-up. A table that an older partition does not have is no damage.
constexpr std::array<std::string_view, 7> kReads{
    "PRAGMA user_version",
    "SELECT max(id) FROM spans",
    "SELECT max(id) FROM segments",
    "SELECT max(position + stored + damaged + dropped) FROM journals",
    "SELECT max(value) FROM notes",
    "SELECT EXISTS (SELECT 1 FROM dead)",
    "SELECT max(day + row) FROM unfinished"};

std::optional<base::Error> damage_of(const std::string& path) {
  auto database = Database::open(path, Database::Access::read_only);
  if (!database) return std::nullopt;  // whoever needs it says why
  for (const std::string_view sql : kReads) {
    const auto read = database->integer(sql);
    if (!read && database->is_damaged()) return read.error();
  }
  return std::nullopt;
}

// The index of words goes: without its day nobody would delete it when it is old.
base::Result<void> set_aside(const std::string& folder, Day day) {
  const std::string path = partition_path(folder, day);
  for (const char* const side : {"", "-wal", "-shm"}) {  // the database first: it brings the others
    std::error_code error;
    std::filesystem::rename(path + side, path + ".damaged" + side, error);
    if (error && *side == '\0') {
      return base::fail(base::Errc::storage_failed,
                        path + ": damaged, and cannot be renamed: " + error.message());
    }
    std::filesystem::remove(text_index_path(folder, day) + side, error);
  }
  return {};
}

}  // namespace

base::Result<void> set_damaged_days_aside(const std::string& folder,
                                          const std::function<void(std::string_view)>& report) {
  std::vector<Day> days = partition_days(folder);
  if (!days.empty()) days.erase(days.begin());
  for (const Day day : days) {
    const std::string path = partition_path(folder, day);
    const auto damage = damage_of(path);
    if (!damage) continue;
    const auto done = set_aside(folder, day);
    if (!done) return done;
    report(damage->detail + "; set aside as " + path +
           ".damaged: traces of that day are not shown, and what is left of their content"
           " (records-*.log) is not deleted with time");
  }
  return {};
}

}  // namespace headgate::storage
