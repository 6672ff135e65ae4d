#include "storage/tiers/day_files.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <numeric>
#include <string_view>

#include "storage/partitions/record_log.h"
#include "storage/partitions/schema.h"
#include "storage/tiers/aggregates.h"
#include "telemetry/content/content_keys.h"

namespace headgate::storage {
namespace {

constexpr const char* kSides[] = {"", "-wal", "-shm"};
constexpr std::string_view kDropped = "dropped-";

std::int64_t size_of(const std::string& path) {
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  return error ? 0 : static_cast<std::int64_t>(size);
}

// Of a file that content was taken out of: what it takes on the disk.
std::int64_t allocated(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return 0;
  return std::min<std::int64_t>(status.st_size, std::int64_t{status.st_blocks} * 512);
}

std::int64_t size_in_folder(const std::filesystem::path& path) {
  const bool is_content = path.filename().string().starts_with("records-");
  return is_content ? allocated(path.string()) : size_of(path.string());
}

std::int64_t size_of_database(const std::string& path) {
  std::int64_t bytes = 0;
  for (const char* const side : kSides) bytes += size_of(path + side);
  return bytes;
}

// The database itself last: as long as it is there, what is left is found again.
void unlink_database(const std::string& path) {
  for (const char* const side : {"-wal", "-shm", ""}) ::unlink((path + side).c_str());
}

base::Result<std::vector<std::int64_t>> segments_of(Database& partition) {
  auto rows = partition.prepare("SELECT id FROM segments ORDER BY id");
  if (!rows) return rows.error();
  std::vector<std::int64_t> segments;
  for (;;) {
    const auto row = rows->step();
    if (!row) return row.error();
    if (!*row) return segments;
    segments.push_back(rows->integer(0));
  }
}

base::Result<void> free_files(const std::string& folder, const std::string& path) {
  {
    auto partition = Database::open(path, Database::Access::read_only);
    if (!partition) return partition.error();
    const auto segments = segments_of(*partition);
    if (!segments) return segments.error();
    for (const std::int64_t segment : *segments) ::unlink(segment_path(folder, segment).c_str());
  }
  unlink_database(path);
  return {};
}

std::int64_t content_bytes(const std::string& folder, Day day) {
  std::int64_t bytes = size_of_database(text_index_path(folder, day));
  auto partition = open_partition_to_read(folder, day);
  if (!partition) return bytes;
  const auto segments = segments_of(*partition);
  if (!segments) return bytes;
  for (const std::int64_t segment : *segments) bytes += allocated(segment_path(folder, segment));
  return bytes;
}

void is_content(sqlite3_context* context, int /*count*/, sqlite3_value** values) {
  const auto* key = reinterpret_cast<const char*>(sqlite3_value_text(values[0]));
  const bool is = key != nullptr && telemetry::is_content_key(key);
  sqlite3_result_int(context, is ? 1 : 0);
}

// What Headgates of before left in rows.
base::Result<void> drop_content_attributes(Database& partition) {
  const auto plain = partition_note(partition, kPlainRows);
  if (!plain) return plain.error();
  if (*plain != 0) return {};
  auto done = partition.add_function("is_content", 1, &is_content, nullptr);
  if (!done) return done;
  done = partition.execute(
      "PRAGMA secure_delete=ON;"
      "UPDATE spans SET attributes = (SELECT nullif(json_group_object(key, value), '{}')"
      " FROM json_each(spans.attributes) WHERE NOT is_content(key)) WHERE id IN (SELECT spans.id"
      " FROM spans, json_each(iif(json_valid(spans.attributes), spans.attributes, '{}')) AS one"
      " WHERE is_content(one.key))");
  return done ? set_partition_note(partition, kPlainRows, 1) : done;
}

base::Result<void> unlink_content(const std::string& folder, Day day, Database& partition) {
  const auto noted = set_partition_note(partition, kContentDropped, 1);
  if (!noted) return noted;
  const auto segments = segments_of(partition);
  if (!segments) return segments.error();
  unlink_database(text_index_path(folder, day));
  for (const std::int64_t segment : *segments) ::unlink(segment_path(folder, segment).c_str());
  return {};
}

}  // namespace

std::vector<DaySize> day_sizes(const std::string& folder) {
  std::vector<DaySize> sizes;
  for (const Day day : partition_days(folder)) {
    sizes.push_back(
        {day, size_of_database(partition_path(folder, day)), content_bytes(folder, day)});
  }
  return sizes;
}

std::int64_t other_bytes(const std::string& folder, const std::vector<DaySize>& days) {
  std::int64_t bytes = 0;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (entry.is_regular_file(error)) bytes += size_in_folder(entry.path());
  }
  return std::accumulate(days.begin(), days.end(), bytes, [](std::int64_t left, const auto& day) {
    return left - day.span_bytes - day.content_bytes;
  });
}

base::Result<void> drop_content(const std::string& folder, Day day) {
  auto partition = open_partition(folder, day);
  if (!partition) return partition.error();
  // First: as long as there are files, whoever was interrupted comes again.
  const auto dropped = drop_content_attributes(*partition);
  const auto unlinked = unlink_content(folder, day, *partition);
  return unlinked ? dropped : unlinked;
}

base::Result<std::int64_t> trim_content(const std::string& folder, Day day, std::int64_t bytes) {
  auto partition = open_partition_to_read(folder, day);
  if (!partition) return partition.error();
  auto segments = segments_of(*partition);
  if (!segments) return segments.error();
  if (!segments->empty()) segments->pop_back();
  std::int64_t freed = 0;
  std::int64_t files = 0;
  for (const std::int64_t segment : *segments) {
    if (freed >= bytes) break;
    const std::string path = segment_path(folder, segment);
    const std::int64_t size = allocated(path);
    if (size == 0 || ::unlink(path.c_str()) != 0) continue;
    freed += size;
    ++files;
  }
  return files;
}

base::Result<void> drop_day(const std::string& folder, Day day) {
  auto kept = keep_aggregates(folder, day);
  if (!kept) {  // perhaps for want of room
    auto partition = open_partition(folder, day);
    if (!partition) return partition.error();
    const auto content = unlink_content(folder, day, *partition);
    if (!content) return content;
    kept = keep_aggregates(folder, day);
  }
  if (!kept) return kept;
  unlink_database(text_index_path(folder, day));
  const std::string path = partition_path(folder, day);
  const std::string dropped = folder + "/" + std::string(kDropped) + day_name(day) + ".db";
  for (const char* const side : kSides) {
    const bool gone = ::rename((path + side).c_str(), (dropped + side).c_str()) != 0;
    if (gone && *side == '\0') {
      return base::fail(base::Errc::storage_failed, path + ": cannot be renamed");
    }
  }
  return {};
}

base::Result<void> free_dropped(const std::string& folder) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(kDropped) || !name.ends_with(".db")) continue;
    const auto freed = free_files(folder, entry.path().string());
    if (!freed) return freed;
  }
  return {};
}

}  // namespace headgate::storage
