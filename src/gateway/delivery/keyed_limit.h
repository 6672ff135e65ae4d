// How many calls of one key (a tenant, a workflow) may be under way at a time. One that would be
// too many is refused at once: its own others are in its way, not somebody else's. Keys that
// callers choose take memory only while they have calls. Safe from any thread.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>

namespace headgate::gateway {

class KeyedLimit {
 public:
  explicit KeyedLimit(int max) : max_(max) {}

  /// A place of a key; given back when it is destroyed. Must not outlive its limit.
  class Place {
   public:
    Place() = default;
    Place(KeyedLimit& limit, std::string key) : limit_(&limit), key_(std::move(key)) {}
    Place(Place&& other) noexcept
        : limit_(std::exchange(other.limit_, nullptr)), key_(std::move(other.key_)) {}
    Place& operator=(Place&& other) noexcept {
      std::swap(limit_, other.limit_);
      std::swap(key_, other.key_);
      return *this;
    }
    ~Place() {
      if (limit_ != nullptr) limit_->leave(key_);
    }
    bool is_held() const { return limit_ != nullptr; }

   private:
    KeyedLimit* limit_ = nullptr;
    std::string key_;
  };

  /// Not held: the key has as many as it may.
  Place enter(std::string key) {
    const std::lock_guard lock(mutex_);
    int& count = counts_[key];  // at least 1 where it was there before, and max_ is at least 1
    if (count >= max_) {
      ++refused_;
      return {};
    }
    ++count;
    return {*this, std::move(key)};
  }
  void set_max(int max) {
    const std::lock_guard lock(mutex_);
    max_ = max;
  }
  std::size_t keys() const {
    const std::lock_guard lock(mutex_);
    return counts_.size();
  }
  std::uint64_t refused_total() const {
    const std::lock_guard lock(mutex_);
    return refused_;
  }

 private:
  void leave(const std::string& key) {
    const std::lock_guard lock(mutex_);
    const auto found = counts_.find(key);
    if (found != counts_.end() && --found->second == 0) counts_.erase(found);
  }

  mutable std::mutex mutex_;
  int max_;
  std::unordered_map<std::string, int> counts_;
  std::uint64_t refused_ = 0;
};

}  // namespace headgate::gateway
