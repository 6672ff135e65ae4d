#include "storage/partitions/record_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <utility>

#include "base/text/strings.h"
#include "storage/partitions/schema.h"

namespace headgate::storage {
namespace {

constexpr std::int64_t kChunkBytes = std::int64_t{2} << 20;
constexpr std::int64_t kChunksKept = 4;  // written back last: given the disk's time

base::Error io_error(const std::string& path, const char* what) {
  return base::fail(base::Errc::storage_failed, path + ": " + what + ": " + std::strerror(errno));
}

// Of records-00000017.log 17; of other files 0.
std::int64_t segment_of(std::string_view file) {
  constexpr std::string_view kPrefix = "records-";
  constexpr std::string_view kSuffix = ".log";
  if (!file.starts_with(kPrefix) || !file.ends_with(kSuffix)) return 0;
  file.remove_prefix(kPrefix.size());
  file.remove_suffix(kSuffix.size());
  return static_cast<std::int64_t>(base::parse_u64(file).value_or(0));
}

bool write_all(int fd, std::span<const std::byte> bytes, std::int64_t offset) {
  while (!bytes.empty()) {
    const ssize_t n = ::pwrite(fd, bytes.data(), bytes.size(), offset);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(n));
    offset += n;
  }
  return true;
}

}  // namespace

std::string segment_path(const std::string& folder, std::int64_t segment) {
  char name[32];
  std::snprintf(name, sizeof name, "/records-%08lld.log", static_cast<long long>(segment));
  return folder + name;
}

base::Result<std::int64_t> next_segment(const std::string& folder) {
  std::int64_t last = 0;
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator(folder, none)) {
    last = std::max(last, segment_of(entry.path().filename().string()));
  }
  for (const Day day : partition_days(folder)) {
    auto partition = open_partition_to_read(folder, day);
    if (!partition && partition.error().code == base::Errc::not_found) continue;
    if (!partition) return partition.error();
    const auto known = partition->integer("SELECT max(id) FROM segments");
    if (!known) return known.error();
    last = std::max(last, *known);
  }
  return last + 1;
}

RecordLog::RecordLog(std::string folder, Statement save)
    : folder_(std::move(folder)), save_(std::move(save)) {}

RecordLog::RecordLog(RecordLog&& other) noexcept
    : folder_(std::move(other.folder_)),
      save_(std::move(other.save_)),
      fd_(std::exchange(other.fd_, -1)),
      open_segment_(other.open_segment_),
      committed_(other.committed_),
      end_(other.end_),
      runs_(std::move(other.runs_)) {}

RecordLog::~RecordLog() {
  if (fd_ >= 0) ::close(fd_);
}

base::Result<RecordLog> RecordLog::open(std::string folder, Database& partition,
                                        std::int64_t segment_min) {
  auto save = partition.prepare(
      "INSERT INTO segments (id, bytes, oldest_us, newest_us) VALUES (?,?,?,?)"
      " ON CONFLICT (id) DO UPDATE SET bytes = excluded.bytes, oldest_us = excluded.oldest_us,"
      " newest_us = excluded.newest_us");
  if (!save) return save.error();
  auto last = partition.prepare(
      "SELECT id, bytes, oldest_us, newest_us FROM segments ORDER BY id DESC LIMIT 1");
  if (!last) return last.error();
  RecordLog log(std::move(folder), std::move(*save));
  log.committed_ = {.segment = segment_min};
  const auto row = last->step();
  if (!row) return row.error();
  if (*row) {
    log.committed_ = {last->integer(0), last->integer(1), last->integer(2), last->integer(3)};
  }
  log.end_ = log.committed_;
  return log;
}

LogPlace RecordLog::add(std::span<const std::byte> framed, std::int64_t end_us) {
  const LogPlace place{end_.segment, end_.bytes, static_cast<std::int64_t>(framed.size())};
  const bool joins = !runs_.empty() && runs_.back().data() + runs_.back().size() == framed.data();
  if (joins) {
    runs_.back() = {runs_.back().data(), runs_.back().size() + framed.size()};
  } else {
    runs_.push_back(framed);
  }
  end_.bytes += place.bytes;
  end_.newest_us = std::max(end_.newest_us, end_us);
  end_.oldest_us = place.offset == 0 ? end_us : std::min(end_.oldest_us, end_us);
  return place;
}

base::Result<void> RecordLog::write() {
  if (runs_.empty()) return {};
  const auto opened = open_segment();
  if (!opened) return opened.error();
  std::int64_t offset = committed_.bytes;
  for (const auto run : runs_) {
    if (!write_all(fd_, run, offset)) {
      return io_error(segment_path(folder_, end_.segment), "cannot write the record log");
    }
    offset += static_cast<std::int64_t>(run.size());
  }
  runs_.clear();
  write_back(offset);
  return save_end();
}

// Has the disk begin with what was appended, and takes what it is done with out of the page cache:
// nobody reads it soon, and pages that come back at once are warm. A log that only grows takes a
// page for each 4 KiB from the far end of memory, which costs several times the copy.
void RecordLog::write_back(std::int64_t end) const {
  const std::int64_t chunk = end / kChunkBytes;
  const std::int64_t before = committed_.bytes / kChunkBytes;
  if (chunk == before) return;
  // Hints: where a file system does not know them, it writes when it likes.
  ::sync_file_range(fd_, before * kChunkBytes, (chunk - before) * kChunkBytes,
                    SYNC_FILE_RANGE_WRITE);
  if (chunk <= kChunksKept) return;
  ::posix_fadvise(fd_, 0, (chunk - kChunksKept) * kChunkBytes, POSIX_FADV_DONTNEED);
}

base::Result<void> RecordLog::save_end() {
  save_.bind(1, end_.segment);
  save_.bind(2, end_.bytes);
  save_.bind(3, end_.oldest_us);
  save_.bind(4, end_.newest_us);
  return save_.run();
}

base::Result<void> RecordLog::open_segment() {
  if (open_segment_ == end_.segment) return {};
  const std::string path = segment_path(folder_, end_.segment);
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return io_error(path, "cannot open the record log");
  // What is beyond belongs to no record: a crash or a lost database left it. Not for a new file,
  // which ext4 would take for one being replaced, and write out when it is closed.
  const off_t length = ::lseek(fd, 0, SEEK_END);
  if (length < 0 || (length > committed_.bytes && ::ftruncate(fd, committed_.bytes) != 0)) {
    const base::Error error = io_error(path, "cannot truncate the record log");
    ::close(fd);
    return error;
  }
  if (fd_ >= 0) ::close(fd_);
  fd_ = fd;
  open_segment_ = end_.segment;
  return {};
}

void RecordLog::rolled_back() {
  runs_.clear();
  end_ = committed_;
}

void RecordLog::committed() {
  if (end_.bytes >= kSegmentBytes) end_ = {.segment = end_.segment + 1};
  committed_ = end_;
}

base::Result<std::vector<std::byte>> read_log(const std::string& folder, const LogPlace& place) {
  constexpr std::int64_t kRecordBytesMax = std::int64_t{1} << 30;
  const std::string path = segment_path(folder, place.segment);
  if (place.bytes < 0 || place.bytes > kRecordBytesMax) {
    return base::fail(base::Errc::storage_failed, path + ": the index points at no record");
  }
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return io_error(path, "cannot open the record log");
  std::vector<std::byte> bytes(static_cast<std::size_t>(place.bytes));
  const ssize_t n = ::pread(fd, bytes.data(), bytes.size(), place.offset);
  ::close(fd);
  if (n != place.bytes) {
    return base::fail(base::Errc::storage_failed, path + ": the record is missing");
  }
  return bytes;
}

}  // namespace headgate::storage
