// A value that is read on every request and replaced now and then (configuration, keys): writers
// put a new immutable one in, each loop keeps its own pointer and looks at one counter to see
// whether it is still the newest. No lock and no shared reference count on the data path.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>

namespace headgate::base {

/// Safe from any thread.
template <class T>
class SnapshotCell {
 public:
  explicit SnapshotCell(std::shared_ptr<const T> value) : value_(std::move(value)) {}

  void store(std::shared_ptr<const T> value) {
    const std::lock_guard lock(mutex_);
    value_ = std::move(value);
    version_.fetch_add(1, std::memory_order_release);
  }
  std::shared_ptr<const T> load() const {
    const std::lock_guard lock(mutex_);
    return value_;
  }
  std::uint64_t version() const { return version_.load(std::memory_order_acquire); }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const T> value_;
  std::atomic<std::uint64_t> version_{1};
};

/// One per loop; not thread-safe.
template <class T>
class SnapshotReader {
 public:
  explicit SnapshotReader(const SnapshotCell<T>& cell) : cell_(cell) {}

  /// The newest value. A request that must see one and the same value keeps a copy of the pointer.
  const std::shared_ptr<const T>& get() {
    const std::uint64_t version = cell_.version();
    if (version != version_) {
      value_ = cell_.load();
      version_ = version;
    }
    return value_;
  }

 private:
  const SnapshotCell<T>& cell_;
  std::shared_ptr<const T> value_;
  std::uint64_t version_ = 0;
};

}  // namespace headgate::base
