#include "telemetry/export/disk_queue.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <type_traits>
#include <utility>

#include "base/text/strings.h"

namespace headgate::telemetry {

// In front of each record.
struct DiskQueue::Frame {
  std::uint32_t checksum = 0;    // of the rest of the frame and the record
  std::uint32_t bytes = 0;       // of the record
  std::uint64_t first_span = 0;  // how many spans were appended before it
  std::uint32_t spans = 0;
  std::uint32_t zero = 0;
  std::int64_t source = 0;
  std::uint64_t source_next = 0;

  std::uint32_t checksum_of(std::string_view record) const {
    const auto* own = reinterpret_cast<const Bytef*>(this) + sizeof checksum;
    const auto sum = crc32_z(0, own, sizeof(Frame) - sizeof checksum);
    const auto* of_record = reinterpret_cast<const Bytef*>(record.data());
    return static_cast<std::uint32_t>(crc32_z(sum, of_record, record.size()));
  }
};

namespace {

constexpr std::uint32_t kRecordBytesMax = 1U << 30;
constexpr std::string_view kSuffix = ".queue";

bool write_all(int fd, std::string_view bytes, std::uint64_t offset) {
  while (!bytes.empty()) {
    const ssize_t n = ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
    offset += static_cast<std::uint64_t>(n);
  }
  return true;
}

void close_fd(int& fd) {
  if (fd >= 0) ::close(fd);
  fd = -1;
}

}  // namespace

DiskQueue::DiskQueue(std::string folder, QueueStateFile file)
    : folder_(std::move(folder)), file_(std::move(file)), state_(file_.loaded()) {}

DiskQueue::DiskQueue(DiskQueue&& other) noexcept
    : folder_(std::move(other.folder_)),
      file_(std::move(other.file_)),
      state_(std::move(other.state_)),
      bytes_(other.bytes_),
      pending_(std::move(other.pending_)),
      pending_spans_(other.pending_spans_),
      is_full_(other.is_full_),
      is_dirty_(other.is_dirty_),
      peeked_(std::move(other.peeked_)),
      write_fd_(std::exchange(other.write_fd_, -1)),
      write_segment_(other.write_segment_),
      read_fd_(std::exchange(other.read_fd_, -1)),
      read_segment_(other.read_segment_) {}

DiskQueue::~DiskQueue() {
  close_fd(write_fd_);
  close_fd(read_fd_);
}

base::Result<DiskQueue> DiskQueue::open(const std::string& folder) {
  static_assert(std::has_unique_object_representations_v<Frame>);
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) {
    return base::fail(base::Errc::io_failed, folder + ": cannot create: " + error.message());
  }
  auto file = QueueStateFile::open(folder + "/state");
  if (!file) return file.error();
  DiskQueue queue(folder, std::move(*file));
  const auto recovered = queue.recover();
  if (!recovered) return recovered.error();
  return queue;
}

std::string DiskQueue::path_of(std::uint64_t segment) const {
  char name[40];
  std::snprintf(name, sizeof name, "/%08llu", static_cast<unsigned long long>(segment));
  return folder_ + name + std::string(kSuffix);
}

base::Result<std::vector<std::uint64_t>> DiskQueue::segments() const {
  std::vector<std::uint64_t> found;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder_, error)) {
    if (entry.path().extension() != kSuffix) continue;
    if (const auto number = base::parse_u64(entry.path().stem().string())) {
      found.push_back(*number);
    }
  }
  if (error) {
    return base::fail(base::Errc::io_failed, folder_ + ": cannot list: " + error.message());
  }
  std::sort(found.begin(), found.end());
  return found;
}

// Frames behind the last one that the state knows of were written just before the end of an earlier
// process. Without a state everything that is there waits. What cannot be read now is written over
// afterwards, so that ends it.
base::Result<void> DiskQueue::recover() {
  const auto found = segments();
  if (!found) return found.error();
  if (!file_.was_there() && !found->empty()) {
    state_.read = {found->front(), 0, 0};
    state_.write = state_.read;
    QueuePlace first = state_.read;
    Frame frame;
    std::string payload;
    const auto sound = read_frame(first, frame, payload);
    if (!sound) return sound.error();
    if (*sound) state_.read.span = frame.first_span;
    state_.write.span = state_.read.span;
  }
  for (const std::uint64_t segment : *found) {
    if (segment < state_.read.segment) ::unlink(path_of(segment).c_str());
    if (segment < state_.write.segment) continue;
    const auto scanned =
        scan_segment(segment, segment == state_.write.segment ? state_.write.offset : 0);
    if (!scanned) return scanned;
  }
  if (!open_for_write(state_.write.segment, state_.write.offset)) {
    return base::fail(base::Errc::io_failed,
                      path_of(state_.write.segment) + ": cannot open: " + std::strerror(errno));
  }
  count_bytes();
  return {};
}

base::Result<void> DiskQueue::scan_segment(std::uint64_t segment, std::uint64_t from) {
  QueuePlace at{segment, from, state_.write.span};
  Frame frame;
  std::string payload;
  for (;;) {
    const auto sound = read_frame(at, frame, payload);
    if (!sound) return sound.error();
    if (!*sound) return {};
    state_.note({frame.source, frame.source_next});
    at.span = frame.first_span + frame.spans;
    state_.write = at;
  }
}

// Reads the frame at `at` and moves behind it. False: there is no sound one. An error: there may be
// one, but it cannot be read now.
base::Result<bool> DiskQueue::read_frame(QueuePlace& at, Frame& frame, std::string& payload) {
  const auto opened = open_for_read(at.segment);
  if (!opened || !*opened) return opened;
  char head[sizeof(Frame)];
  const auto has_head = read_all(head, at.offset);
  if (!has_head || !*has_head) return has_head;
  std::memcpy(&frame, head, sizeof head);
  if (frame.bytes == 0 || frame.bytes > kRecordBytesMax) return false;
  struct stat status {};
  const std::uint64_t end = at.offset + sizeof(Frame) + frame.bytes;
  if (::fstat(read_fd_, &status) != 0) return cannot_read(at.segment);
  if (end > static_cast<std::uint64_t>(status.st_size)) return false;
  payload.resize(frame.bytes);
  const auto is_whole = read_all(payload, at.offset + sizeof(Frame));
  if (!is_whole || !*is_whole) return is_whole;
  if (frame.checksum != frame.checksum_of(payload)) return false;
  at.offset = end;
  return true;
}

// False: the file ends before.
base::Result<bool> DiskQueue::read_all(std::span<char> out, std::uint64_t offset) const {
  while (!out.empty()) {
    const ssize_t n = ::pread(read_fd_, out.data(), out.size(), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return cannot_read(read_segment_);
    if (n == 0) return false;
    out = out.subspan(static_cast<std::size_t>(n));
    offset += static_cast<std::uint64_t>(n);
  }
  return true;
}

// As errno says.
base::Error DiskQueue::cannot_read(std::uint64_t segment) const {
  const std::string why = std::strerror(errno);
  return base::fail(base::Errc::io_failed, path_of(segment) + ": cannot read: " + why);
}

// False: it is not there.
base::Result<bool> DiskQueue::open_for_read(std::uint64_t segment) {
  if (read_fd_ >= 0 && read_segment_ == segment) return true;
  close_fd(read_fd_);
  read_fd_ = ::open(path_of(segment).c_str(), O_RDONLY | O_CLOEXEC);
  read_segment_ = segment;
  if (read_fd_ >= 0) return true;
  if (errno == ENOENT) return false;
  return cannot_read(segment);
}

bool DiskQueue::open_for_write(std::uint64_t segment, std::uint64_t offset) {
  if (write_fd_ >= 0 && write_segment_ == segment) return true;
  close_fd(write_fd_);
  write_fd_ = ::open(path_of(segment).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  write_segment_ = segment;
  return write_fd_ >= 0 && ::ftruncate(write_fd_, static_cast<off_t>(offset)) == 0;
}

// Of a file that is not there: 0.
base::Result<std::uint64_t> DiskQueue::end_of(std::uint64_t segment) const {
  if (segment == state_.write.segment) return state_.write.offset;
  struct stat status {};
  const std::string path = path_of(segment);
  if (::stat(path.c_str(), &status) == 0) return static_cast<std::uint64_t>(status.st_size);
  if (errno == ENOENT) return std::uint64_t{0};
  return cannot_read(segment);
}

void DiskQueue::count_bytes() {
  bytes_ = 0;
  for (std::uint64_t s = state_.read.segment; s <= state_.write.segment; ++s) {
    const auto end = end_of(s);
    bytes_ += end ? *end : 0;
  }
  bytes_ -= std::min(bytes_, state_.read.offset);
}

void DiskQueue::append(std::span<const std::byte> record, std::uint32_t spans,
                       const QueueSource& source, std::uint64_t bytes_max) {
  pass(source);
  const std::string_view payload(reinterpret_cast<const char*>(record.data()), record.size());
  const std::uint64_t total = sizeof(Frame) + payload.size();
  // Nothing is taken behind what was dropped until that is on disk: then a record's place in its
  // journal says that all before it was either taken or counted.
  is_full_ = is_full_ || payload.empty() || bytes_ + pending_.size() + total > bytes_max;
  if (is_full_) return lose(spans, ExportLoss::queue_full);
  Frame frame;
  frame.bytes = static_cast<std::uint32_t>(payload.size());
  frame.first_span = state_.write.span + pending_spans_;
  frame.spans = spans;
  frame.source = source.id;
  frame.source_next = source.next;
  frame.checksum = frame.checksum_of(payload);
  char head[sizeof frame];
  std::memcpy(head, &frame, sizeof frame);
  pending_.append(head, sizeof head).append(payload);
  pending_spans_ += spans;
}

void DiskQueue::pass(const QueueSource& source) {
  state_.note(source);
  is_dirty_ = true;
}

void DiskQueue::flush() {
  if (!is_dirty_) return;
  if (!write_pending()) lose(pending_spans_, ExportLoss::disk_failed);
  pending_.clear();
  pending_spans_ = 0;
  is_full_ = false;
  is_dirty_ = false;
  file_.save(state_);
}

bool DiskQueue::write_pending() {
  if (pending_.empty()) return true;
  QueuePlace at = state_.write;
  if (at.offset >= kSegmentBytes) at = {at.segment + 1, 0, at.span};
  if (!open_for_write(at.segment, at.offset)) return false;
  if (!write_all(write_fd_, pending_, at.offset)) {
    // What was written of it is no frame that anybody may find.
    (void)!::ftruncate(write_fd_, static_cast<off_t>(at.offset));
    return false;
  }
  at.offset += pending_.size();
  at.span += pending_spans_;
  state_.write = at;
  bytes_ += pending_.size();
  return true;
}

// The sound frame at `at` or behind it. Where there is none, nothing says where the next one is:
// the rest of that file is passed over. False: there is none. An error: as read_frame() has it.
base::Result<bool> DiskQueue::find_frame(QueuePlace& at, QueuePlace& behind, Record& record) {
  for (;;) {
    const bool is_last = at.segment >= state_.write.segment;
    const auto end = end_of(at.segment);
    if (!end) return end.error();
    if (at.offset >= *end) {
      if (is_last) return false;
      at = {at.segment + 1, 0, at.span};
      continue;
    }
    Frame frame;
    behind = at;
    const auto sound = read_frame(behind, frame, record.bytes);
    if (!sound) return sound.error();
    if (*sound) {
      at.span = frame.first_span;
      behind.span = frame.first_span + frame.spans;
      record.spans = frame.spans;
      return true;
    }
    at.offset = *end;
  }
}

void DiskQueue::skip_to(const QueuePlace& place) {
  lose(place.span - state_.read.span, ExportLoss::damaged);
  set_read(place);
}

base::Result<std::vector<DiskQueue::Record>> DiskQueue::peek(std::size_t spans_max,
                                                             std::size_t bytes_max) {
  std::vector<Record> out;
  peeked_.clear();
  std::size_t spans = 0;
  std::size_t bytes = 0;
  QueuePlace at = state_.read;
  QueuePlace behind;
  Record record;
  auto found = find_frame(at, behind, record);
  while (found && *found) {
    const bool has_gap = at.span != (out.empty() ? state_.read.span : peeked_.back().span);
    if (has_gap && !out.empty()) break;
    if (has_gap) skip_to(at);
    spans += record.spans;
    bytes += record.bytes.size();
    if (!out.empty() && (spans > spans_max || bytes > bytes_max)) break;
    out.push_back(std::move(record));
    peeked_.push_back(behind);
    at = behind;
    found = find_frame(at, behind, record);
  }
  if (!out.empty()) return out;  // what ends them is met again behind them
  if (!found) return found.error();
  if (this->spans() > 0) skip_to(state_.write);
  return out;
}

void DiskQueue::take(std::size_t records, std::uint64_t lost, ExportLoss loss) {
  if (records == 0 || records > peeked_.size()) return;
  const QueuePlace behind = peeked_[records - 1];
  const std::uint64_t spans = behind.span - state_.read.span;
  lost = std::min(lost, spans);
  lose(lost, loss);
  state_.totals.exported += spans - lost;
  peeked_.clear();
  set_read(behind);
}

// The files in front of it go, once it is noted.
void DiskQueue::set_read(const QueuePlace& place) {
  const std::uint64_t before = state_.read.segment;
  state_.read = place;
  file_.save(state_);
  for (std::uint64_t s = before; s < place.segment; ++s) ::unlink(path_of(s).c_str());
  if (read_segment_ < place.segment) close_fd(read_fd_);
  count_bytes();
}

}  // namespace headgate::telemetry
