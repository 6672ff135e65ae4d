#include "gateway/degraded/last_answers.h"

#include <iterator>

namespace headgate::gateway {

namespace {

constexpr std::size_t kEntryBytes = 512;  // beside what it holds: nodes, the key twice
constexpr std::size_t kShare = 8;

}  // namespace

std::size_t LastAnswers::size_of(const Entry& entry) {
  const KeptReply& reply = *entry.second;
  return kEntryBytes + reply.body.size() + reply.content_type.size() + reply.model.size();
}

void LastAnswers::set_bytes_max(std::size_t bytes_max) {
  const std::lock_guard lock(mutex_);
  bytes_max_ = bytes_max;
  shrink();
}

std::size_t LastAnswers::answer_bytes_max() const {
  const std::lock_guard lock(mutex_);
  return bytes_max_ / kShare;
}

std::size_t LastAnswers::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

void LastAnswers::keep(std::string key, KeptReply reply) {
  const std::lock_guard lock(mutex_);
  if (const auto found = by_key_.find(key); found != by_key_.end()) erase(found->second);
  if (reply.body.size() > bytes_max_ / kShare) return;
  entries_.emplace_front(key, std::make_shared<const KeptReply>(std::move(reply)));
  by_key_.emplace(std::move(key), entries_.begin());
  bytes_ += size_of(entries_.front());
  shrink();
}

std::shared_ptr<const KeptReply> LastAnswers::find(const std::string& key, base::MonoTime after) {
  const std::lock_guard lock(mutex_);
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return nullptr;
  if (found->second->second->at < after) {
    erase(found->second);
    return nullptr;
  }
  entries_.splice(entries_.begin(), entries_, found->second);
  return found->second->second;
}

void LastAnswers::erase(std::list<Entry>::iterator entry) {
  bytes_ -= size_of(*entry);
  by_key_.erase(entry->first);
  entries_.erase(entry);
}

void LastAnswers::shrink() {
  while (bytes_ > bytes_max_) erase(std::prev(entries_.end()));
}

}  // namespace headgate::gateway
