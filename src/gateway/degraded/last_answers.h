// The last good answers of a route, by what was asked: in memory, within a limit of bytes, gone
// with the process. One a route, made by Health and kept over reloads; every loop uses it. Safe
// from any thread: one lock, held for a look-up.
#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>

#include "base/clock.h"

namespace headgate::gateway {

/// A reply as its caller got it, without what was that caller's own.
struct KeptReply {
  bool streamed = false;
  std::string content_type;
  std::string model;  // that has answered
  std::string body;
  base::MonoTime at{};
};

class LastAnswers {
 public:
  explicit LastAnswers(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  void set_bytes_max(std::size_t bytes_max);
  /// Of one answer; a larger one is not kept.
  std::size_t answer_bytes_max() const;
  /// In place of what was kept under this key.
  void keep(std::string key, KeptReply reply);
  /// Null: there is none, or none since `after`.
  std::shared_ptr<const KeptReply> find(const std::string& key, base::MonoTime after);
  std::size_t bytes() const;

 private:
  using Entry = std::pair<std::string, std::shared_ptr<const KeptReply>>;
  static std::size_t size_of(const Entry& entry);
  void erase(std::list<Entry>::iterator entry);
  void shrink();

  mutable std::mutex mutex_;
  std::size_t bytes_max_;
  std::size_t bytes_ = 0;
  std::list<Entry> entries_;  // the one used last in front
  std::unordered_map<std::string, std::list<Entry>::iterator> by_key_;
};

}  // namespace headgate::gateway
