#include "storage/audit/audit_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "base/json/writer.h"
#include "base/text/sha256.h"
#include "base/text/utc.h"

namespace headgate::storage {

using base::Errc;
using base::fail;
using base::Result;

namespace {

base::Error io_error(const std::string& path, const char* what) {
  return fail(Errc::storage_failed, path + ": " + what + ": " + std::strerror(errno));
}

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

// A new file is there after a power cut only when its folder is on the disk.
bool sync_folder(const std::string& path) {
  const auto folder = std::filesystem::path(path).parent_path();
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool ok = ::fsync(fd) == 0;
  ::close(fd);
  return ok;
}

// The last bytes before `end`, enough to hold a line.
Result<std::string> tail_of(int fd, const std::string& path, std::int64_t end) {
  constexpr std::int64_t kTail = kAuditLineBytesMax + 2;
  std::string out(static_cast<std::size_t>(std::min(end, kTail)), '\0');
  std::size_t got = 0;
  while (got < out.size()) {
    const auto at = end - static_cast<std::int64_t>(out.size() - got);
    const ssize_t n = ::pread(fd, out.data() + got, out.size() - got, at);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return io_error(path, "cannot be read");
    got += static_cast<std::size_t>(n);
  }
  return out;
}

AuditAction recovered(std::string_view torn) {
  AuditAction out;
  out.action = "audit.recovered";
  out.subject = "an entry that was being written when the server died";
  base::json::Writer detail(out.detail);
  detail.begin_object();
  detail.member("bytes", torn.size());
  detail.member("sha256", base::sha256_hex(torn));
  detail.end_object();
  return out;
}

}  // namespace

Result<AuditFile> AuditFile::open(const std::string& path, const base::Clock& clock) {
  const bool is_new = !std::filesystem::exists(path);
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd < 0) return io_error(path, "cannot be opened");
  AuditFile file(fd, path, clock);
  if (is_new && !sync_folder(path)) return io_error(path, "its folder cannot be synced");
  if (auto ok = file.recover(); !ok) return ok.error();
  return file;
}

AuditFile::AuditFile(AuditFile&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      path_(std::move(other.path_)),
      clock_(other.clock_),
      synced_(other.synced_),
      size_(other.size_),
      next_seq_(other.next_seq_),
      head_(std::move(other.head_)) {}

AuditFile::~AuditFile() {
  if (fd_ >= 0) ::close(fd_);
}

Result<void> AuditFile::recover() {
  struct stat about {};
  if (::fstat(fd_, &about) != 0) return io_error(path_, "cannot be looked at");
  size_ = synced_ = about.st_size;
  if (size_ == 0) return {};
  const auto tail = tail_of(fd_, path_, size_);
  if (!tail) return tail.error();
  const auto end = tail->rfind('\n') + 1;  // npos + 1 is 0: there is no whole line
  const std::string_view torn = std::string_view(*tail).substr(end);
  if (end == 0 && tail->size() > kAuditLineBytesMax) {
    return fail(Errc::conflict, path_ +
                                    ": its last line is no entry, so nothing can follow it; "
                                    "move the file away to begin a new one");
  }
  if (auto ok = take_last(size_ - static_cast<std::int64_t>(torn.size())); !ok) return ok;
  if (torn.empty()) return {};
  size_ = synced_ = size_ - static_cast<std::int64_t>(torn.size());
  if (::ftruncate(fd_, size_) != 0) return io_error(path_, "its torn last line cannot be cut off");
  const auto said = append(recovered(torn));
  return said ? sync() : Result<void>(said.error());
}

// Goes on from the line that ends at `end`.
Result<void> AuditFile::take_last(std::int64_t end) {
  if (end == 0) return {};
  const auto tail = tail_of(fd_, path_, end);
  if (!tail) return tail.error();
  const std::string_view lines = std::string_view(*tail).substr(0, tail->size() - 1);
  const auto before = lines.rfind('\n');
  const auto last = parse_audit_line(lines.substr(before + 1));  // npos + 1: the only line
  if (!last) {
    return fail(Errc::conflict, path_ +
                                    ": nothing can follow its last line: " + last.error().detail +
                                    "; see `headgate audit verify`, and move the file away to "
                                    "begin a new one");
  }
  next_seq_ = last->seq + 1;
  head_ = last->hash;
  return {};
}

Result<AuditEntry> AuditFile::append(const AuditAction& what) {
  if (failed_) return *failed_;
  AuditEntry entry;
  entry.seq = next_seq_;
  entry.time = base::utc_text(clock_->unix_us());
  entry.what = what;
  entry.prev = head_;
  const std::string line = audit_line(entry) + '\n';
  if (line.size() > kAuditLineBytesMax) {
    return fail(Errc::invalid_request, "the entry of the audit trail would be too long");
  }
  if (!write_all(fd_, line)) return take_back("cannot be written");
  size_ += static_cast<std::int64_t>(line.size());
  ++next_seq_;
  head_ = entry.hash;
  return entry;
}

Result<void> AuditFile::sync() {
  if (failed_) return *failed_;
  if (size_ == synced_) return {};
  if (::fdatasync(fd_) != 0) return take_back("cannot be synced");
  synced_ = size_;
  return {};
}

bool AuditFile::is_in_place() const {
  struct stat ours {};
  struct stat named {};
  return ::fstat(fd_, &ours) == 0 && ::stat(path_.c_str(), &named) == 0 &&
         ours.st_ino == named.st_ino && ours.st_dev == named.st_dev;
}

// Nobody was told of what is not on the disk, so nobody must read it later either.
base::Error AuditFile::take_back(const char* what) {
  failed_ = io_error(path_, what);
  struct stat about {};
  const bool shrinks = ::fstat(fd_, &about) == 0 && about.st_size > synced_;
  if (shrinks && ::ftruncate(fd_, synced_) != 0) failed_->detail += "; what was written stays";
  return *failed_;
}

}  // namespace headgate::storage
