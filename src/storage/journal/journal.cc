#include "storage/journal/journal.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/random.h"
#include "storage/journal/checksum.h"

namespace headgate::storage {

// The first page of the file. Producer and consumer write different cache lines.
struct JournalHeader {
  std::uint64_t magic;
  std::uint64_t version;
  std::uint64_t capacity;
  std::int64_t id;
  std::uint64_t checksum;  // of the four above
  // Written by the producer.
  alignas(64) std::atomic<std::uint64_t> head;  // end of the last published record
  std::atomic<std::uint64_t> floor;  // nothing before this is wanted; may be ahead of head
  std::atomic<std::uint64_t> dropped;
  // Written by the consumer.
  alignas(64) std::atomic<std::uint64_t> tail;  // everything before this is stored
};

namespace {

constexpr std::uint64_t kMagic = 0x4c4e524a47444548;  // "HEDGJRNL"
constexpr std::uint64_t kVersion = 1;
constexpr std::size_t kHeaderBytes = 4096;
constexpr std::uint64_t kPositionMax = std::uint64_t{1}
                                       << 62;  // fits SQLite's integers, never reached
// An empty ring is begun anew once it has got this far, so that light load touches little memory.
constexpr std::size_t kRewindBytes = 256 * 1024;

static_assert(std::atomic<std::uint64_t>::is_always_lock_free);
static_assert(sizeof(JournalHeader) <= kHeaderBytes);

std::uint64_t header_checksum(const JournalHeader& header) {
  const std::uint64_t fields[] = {header.magic, header.version, header.capacity,
                                  static_cast<std::uint64_t>(header.id)};
  return xxh64(std::as_bytes(std::span(fields)));
}

bool sane_positions(const JournalHeader& header) {
  const std::uint64_t head = header.head.load(std::memory_order_relaxed);
  const std::uint64_t floor = header.floor.load(std::memory_order_relaxed);
  const std::uint64_t tail = header.tail.load(std::memory_order_relaxed);
  for (const std::uint64_t position : {head, floor, tail}) {
    if (position > kPositionMax || position % RecordFrame::kAlign != 0) return false;
  }
  return floor <= head + header.capacity && tail <= std::max(head, floor);
}

bool sane(const JournalHeader& header, std::size_t file_bytes) {
  return header.magic == kMagic && header.version == kVersion &&
         header.checksum == header_checksum(header) && std::has_single_bit(header.capacity) &&
         header.capacity >= Journal::kBytesMin && header.capacity <= Journal::kBytesMax &&
         file_bytes == kHeaderBytes + header.capacity && header.id > 0 && sane_positions(header);
}

base::Error io_error(const std::string& path, const char* what, int error) {
  return base::fail(base::Errc::io_failed, path + ": " + what + ": " + std::strerror(error));
}

class File {
 public:
  File(const std::string& path, int flags) : fd_(::open(path.c_str(), flags | O_CLOEXEC, 0600)) {}
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int fd() const { return fd_; }

 private:
  int fd_;
};

}  // namespace

base::Result<Journal> Journal::create(const std::string& path, std::size_t bytes) {
  if (!std::has_single_bit(bytes) || bytes < kBytesMin || bytes > kBytesMax) {
    return base::fail(base::Errc::config_invalid,
                      path + ": a journal's size is a power of two from 64 KiB to 1 GiB");
  }
  const File file(path, O_RDWR | O_CREAT | O_EXCL);
  if (file.fd() < 0) return io_error(path, "cannot create the journal", errno);
  const int error = ::posix_fallocate(file.fd(), 0, static_cast<off_t>(kHeaderBytes + bytes));
  if (error != 0) {
    ::unlink(path.c_str());
    return io_error(path, "cannot allocate the journal's blocks", error);
  }
  auto journal = map(path, file.fd(), bytes);
  if (!journal) return journal;
  JournalHeader& header = *journal->header_;
  std::uint64_t id = 0;
  base::secure_random({reinterpret_cast<std::uint8_t*>(&id), sizeof id});
  header.magic = kMagic;
  header.version = kVersion;
  header.capacity = bytes;
  header.id = static_cast<std::int64_t>((id >> 1) | 1);
  header.checksum = header_checksum(header);
  return journal;
}

base::Result<Journal> Journal::open(const std::string& path) {
  const File file(path, O_RDWR);
  struct stat status {};
  if (file.fd() < 0 || ::fstat(file.fd(), &status) != 0) {
    return io_error(path, "cannot open the journal", errno);
  }
  const auto bytes = static_cast<std::size_t>(status.st_size);
  if (bytes < kHeaderBytes + kBytesMin || bytes > kHeaderBytes + kBytesMax) {
    return base::fail(base::Errc::storage_failed, path + ": not a journal (wrong size)");
  }
  auto journal = map(path, file.fd(), bytes - kHeaderBytes);
  if (!journal) return journal;
  const JournalHeader& header = *journal->header_;
  if (!sane(header, bytes)) {
    return base::fail(base::Errc::storage_failed, path + ": not a journal, or its head is damaged");
  }
  journal->floor_ = std::max(header.floor.load(), header.tail.load());
  journal->head_ = std::max(header.head.load(), journal->floor_);
  journal->inherited_ = journal->head_;
  return journal;
}

base::Result<Journal> Journal::map(const std::string& path, int fd, std::size_t capacity) {
  void* mapping =
      ::mmap(nullptr, kHeaderBytes + capacity, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (mapping == MAP_FAILED) return io_error(path, "cannot map the journal", errno);
  return Journal(path, mapping, capacity);
}

Journal::Journal(std::string path, void* mapping, std::size_t capacity)
    : path_(std::move(path)),
      header_(static_cast<JournalHeader*>(mapping)),
      ring_(static_cast<std::byte*>(mapping) + kHeaderBytes),
      capacity_(capacity) {}

Journal::Journal(Journal&& other) noexcept { *this = std::move(other); }

Journal& Journal::operator=(Journal&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(header_, other.header_);
  std::swap(ring_, other.ring_);
  std::swap(capacity_, other.capacity_);
  std::swap(inherited_, other.inherited_);
  std::swap(head_, other.head_);
  std::swap(floor_, other.floor_);
  std::swap(reserved_, other.reserved_);
  std::swap(reserved_bytes_, other.reserved_bytes_);
  return *this;
}

Journal::~Journal() {
  if (header_ != nullptr) ::munmap(header_, kHeaderBytes + capacity_);
}

std::int64_t Journal::id() const { return header_->id; }

std::byte* Journal::reserve(std::size_t bytes) {
  const std::size_t total = RecordFrame::total(bytes);
  const std::uint64_t tail = std::max(header_->tail.load(std::memory_order_acquire), floor_);
  if (tail == head_ && offset(head_) >= kRewindBytes) {
    head_ += capacity_ - offset(head_);
    floor_ = head_;
    header_->floor.store(floor_, std::memory_order_release);
  }
  const std::size_t to_end = capacity_ - offset(head_);
  const std::size_t pad = total > to_end ? to_end : 0;
  // A record takes a quarter of the ring at most, so that one giant cannot starve the others.
  if (bytes > capacity_ / 4 || head_ - std::max(tail, floor_) + pad + total > capacity_) {
    count_drop();
    return nullptr;
  }
  if (pad > 0) {
    const RecordFrame frame{RecordFrame::kPad, RecordFrame::checksum_of(head_, {}), head_};
    std::memcpy(ring_ + offset(head_), &frame, sizeof frame);
  }
  reserved_ = head_ + pad;
  reserved_bytes_ = bytes;
  return ring_ + offset(reserved_) + sizeof(RecordFrame);
}

void Journal::publish() {
  std::byte* const at = ring_ + offset(reserved_);
  const std::span<const std::byte> payload(at + sizeof(RecordFrame), reserved_bytes_);
  const RecordFrame frame{static_cast<std::uint32_t>(payload.size()),
                          RecordFrame::checksum_of(reserved_, payload), reserved_};
  std::memcpy(at, &frame, sizeof frame);
  head_ = reserved_ + RecordFrame::total(reserved_bytes_);
  header_->head.store(head_, std::memory_order_release);
}

void Journal::count_drop() {
  // One writer, so a plain increment; atomic only for those who read it.
  auto& dropped = header_->dropped;
  dropped.store(dropped.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
}

std::uint64_t Journal::dropped() const { return header_->dropped.load(std::memory_order_relaxed); }

std::size_t Journal::pending() const {
  const std::uint64_t head = header_->head.load(std::memory_order_acquire);
  const std::uint64_t from = resume(0);
  return head > from ? head - from : 0;
}

std::uint64_t Journal::resume(std::uint64_t stored) const {
  const std::uint64_t head = header_->head.load(std::memory_order_acquire);
  const std::uint64_t tail = std::max(header_->tail.load(std::memory_order_relaxed),
                                      header_->floor.load(std::memory_order_acquire));
  // After a power cut the database may be older than the ring's tail: what is still in the ring is
  // read again from where the database stands.
  const bool in_ring = stored != 0 && stored % RecordFrame::kAlign == 0 && stored <= head &&
                       head - stored <= capacity_;
  if (!in_ring) return tail;
  return std::max(stored, header_->floor.load(std::memory_order_relaxed));
}

bool Journal::valid(std::uint64_t position, std::uint64_t head, RecordFrame& frame) const {
  std::memcpy(&frame, at(position), sizeof frame);
  if (frame.position != position) return false;
  const std::size_t room = std::min<std::uint64_t>(capacity_ - offset(position), head - position);
  if (frame.bytes == RecordFrame::kPad) {
    return room == capacity_ - offset(position) &&
           frame.checksum == RecordFrame::checksum_of(position, {});
  }
  return frame.bytes > 0 && RecordFrame::total(frame.bytes) <= room &&
         (position >= inherited_ || intact_payload({at(position), room}));
}

Journal::Record Journal::read(std::uint64_t position) const {
  const std::uint64_t head = header_->head.load(std::memory_order_acquire);
  Record record;
  record.next = position;
  if (head > position && head - position > capacity_) {  // only in a damaged file
    record.skipped_damage = true;
    record.next = head - capacity_;
  }
  while (record.next < head) {
    RecordFrame frame;
    if (!valid(record.next, head, frame)) {
      record.skipped_damage = true;
      record.next += RecordFrame::kAlign;
    } else if (frame.bytes == RecordFrame::kPad) {
      record.next += capacity_ - offset(record.next);
    } else {
      record.framed = {at(record.next), RecordFrame::total(frame.bytes)};
      record.payload = record.framed.subspan(sizeof frame, frame.bytes);
      record.next += record.framed.size();
      return record;
    }
  }
  return record;
}

void Journal::release(std::uint64_t position) {
  header_->tail.store(position, std::memory_order_release);
}

void Journal::trim() { ::madvise(ring_, capacity_, MADV_DONTNEED); }

}  // namespace headgate::storage
