#include "server/otlp/fingerprints.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace headgate::server {
namespace {

constexpr std::uint64_t kEmpty = 0;

std::uint64_t load(const std::uint64_t& slot) {
  return std::atomic_ref<std::uint64_t>(const_cast<std::uint64_t&>(slot))
      .load(std::memory_order_relaxed);
}

bool resize_anew(int fd) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) return false;
  if (status.st_size == static_cast<off_t>(Fingerprints::kBytes)) return true;
  // Its blocks are allocated, so that a full disk shows here and not as a fault later.
  return ::ftruncate(fd, 0) == 0 &&
         ::posix_fallocate(fd, 0, static_cast<off_t>(Fingerprints::kBytes)) == 0;
}

}  // namespace

base::Result<std::unique_ptr<Fingerprints>> Fingerprints::open(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) {
    return base::fail(base::Errc::io_failed, path + ": cannot open: " + std::strerror(errno));
  }
  void* mapping = MAP_FAILED;
  if (resize_anew(fd)) {
    mapping = ::mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  }
  ::close(fd);
  if (mapping == MAP_FAILED) {
    return base::fail(base::Errc::io_failed,
                      path + ": cannot allocate and map " + std::to_string(kBytes) + " bytes");
  }
  return std::unique_ptr<Fingerprints>(new Fingerprints(mapping));
}

Fingerprints::~Fingerprints() { ::munmap(slots_, kBytes); }

bool Fingerprints::contains(std::uint64_t fingerprint) const {
  if (fingerprint == kEmpty) return false;
  const std::uint64_t* const slots = bucket(fingerprint);
  for (std::size_t i = 0; i < kBucketSlots; ++i) {
    if (load(slots[i]) == fingerprint) return true;
  }
  return false;
}

void Fingerprints::add(std::uint64_t fingerprint) {
  if (fingerprint == kEmpty || contains(fingerprint)) return;
  std::uint64_t* const slots = bucket(fingerprint);
  std::size_t at = turn_.fetch_add(1, std::memory_order_relaxed) % kBucketSlots;
  for (std::size_t i = 0; i < kBucketSlots; ++i) {
    if (load(slots[i]) == kEmpty) at = i;
  }
  std::atomic_ref<std::uint64_t>(slots[at]).store(fingerprint, std::memory_order_relaxed);
}

}  // namespace headgate::server
