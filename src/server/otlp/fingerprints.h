// A set of 64-bit fingerprints that forgets: a fixed table in a mapped file of the storage folder,
// so that a restart, kill -9 included, knows what was seen before. Where a bucket is full, a new
// one takes the place of an old one. Lock-free, safe from any thread; two that write one slot at
// once lose one of both, which is to forget early.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"

namespace headgate::server {

class Fingerprints {
 public:
  static constexpr std::size_t kBytes = std::size_t{1} << 20;  // 131,072 of them

  /// What is at `path` and of another size is begun anew.
  static base::Result<std::unique_ptr<Fingerprints>> open(const std::string& path);
  ~Fingerprints();
  Fingerprints(const Fingerprints&) = delete;
  Fingerprints& operator=(const Fingerprints&) = delete;

  bool contains(std::uint64_t fingerprint) const;
  void add(std::uint64_t fingerprint);

 private:
  static constexpr std::size_t kBucketSlots = 8;  // a cache line
  static constexpr std::size_t kBuckets = kBytes / (kBucketSlots * sizeof(std::uint64_t));

  explicit Fingerprints(void* mapping) : slots_(static_cast<std::uint64_t*>(mapping)) {}
  std::uint64_t* bucket(std::uint64_t fingerprint) const {
    return slots_ + (fingerprint % kBuckets) * kBucketSlots;
  }

  std::uint64_t* slots_;
  std::atomic<std::uint32_t> turn_{0};
};

}  // namespace headgate::server
