// A ring of records in a memory-mapped file: the event loop's way to make a span outlive the
// process without a system call. One producer (the loop's thread) and one consumer (the trace
// store's writer). A record published before kill -9 is in the page cache and is read back by the
// next process; a power cut may lose the last seconds. Positions count bytes for ever and never
// repeat; a record carries its own position and a checksum, so whatever stands in the file is
// either a record of this lap or noise.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "base/result.h"
#include "storage/journal/record_frame.h"

namespace headgate::storage {

struct JournalHeader;

class Journal {
 public:
  static constexpr std::size_t kBytesMin = 64 * 1024;
  static constexpr std::size_t kBytesMax = std::size_t{1} << 30;

  /// Creates `path` with a ring of `bytes` (a power of two), its blocks allocated so that a full
  /// disk shows here and not as a fault later. Replaces nothing: an existing file is an error.
  static base::Result<Journal> create(const std::string& path, std::size_t bytes);
  /// Maps an existing journal as it was left. Fails on anything that is not one.
  static base::Result<Journal> open(const std::string& path);

  Journal(Journal&& other) noexcept;
  Journal& operator=(Journal&& other) noexcept;
  ~Journal();

  /// Identity of this file's contents, positive; a re-created file gets another.
  std::int64_t id() const;
  std::size_t capacity() const { return capacity_; }
  const std::string& path() const { return path_; }

  // Producer.
  /// Contiguous room for a record of `bytes`, or nullptr when the ring is full: the drop is
  /// counted.
  std::byte* reserve(std::size_t bytes);
  /// Makes the bytes written into the last reserve() a record.
  void publish();
  void count_drop();

  // Either side.
  std::uint64_t dropped() const;
  /// Bytes published and not yet released.
  std::size_t pending() const;

  // Consumer.
  struct Record {
    std::span<const std::byte> payload;  // empty: nothing (more) to read
    std::span<const std::byte> framed;   // the payload with its frame and alignment
    std::uint64_t next = 0;              // where to read on
    bool skipped_damage = false;  // bytes on the way here were no record and were passed over
  };
  /// Where reading begins when the stored position is `stored` (0: none is stored).
  std::uint64_t resume(std::uint64_t stored) const;
  /// The record at `position`. Total over any file contents. Checksums are verified for what an
  /// earlier process left; what this one published is as it wrote it.
  Record read(std::uint64_t position) const;
  /// Everything before `position` is stored for good: its room may be used again.
  void release(std::uint64_t position);
  /// Gives the ring's memory back to the page cache; the contents stay.
  void trim();

 private:
  Journal(std::string path, void* mapping, std::size_t capacity);
  static base::Result<Journal> map(const std::string& path, int fd, std::size_t capacity);
  std::size_t offset(std::uint64_t position) const { return position & (capacity_ - 1); }
  const std::byte* at(std::uint64_t position) const { return ring_ + offset(position); }
  bool valid(std::uint64_t position, std::uint64_t head, RecordFrame& frame) const;

  std::string path_;
  JournalHeader* header_ = nullptr;
  std::byte* ring_ = nullptr;
  std::size_t capacity_ = 0;
  std::uint64_t inherited_ = 0;  // records before this position were left by an earlier process
  std::uint64_t head_ = 0;       // producer's copy: end of the last record
  std::uint64_t floor_ = 0;      // producer's copy: nothing before it is wanted
  std::uint64_t reserved_ = 0;   // start of the record being written
  std::size_t reserved_bytes_ = 0;
};

}  // namespace headgate::storage
