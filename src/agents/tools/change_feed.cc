#include "agents/tools/change_feed.h"

#include <utility>

namespace headgate::agents {

ChangeFeed::Subscription::Subscription(ChangeFeed& feed, Listen listen) : feed_(feed) {
  const std::lock_guard lock(feed_.mutex_);
  at_ = feed_.listeners_.insert(feed_.listeners_.end(), std::move(listen));
}

ChangeFeed::Subscription::~Subscription() {
  const std::lock_guard lock(feed_.mutex_);
  feed_.listeners_.erase(at_);
}

void ChangeFeed::tell(const Change& change) {
  const std::lock_guard lock(mutex_);
  for (const Listen& listen : listeners_) listen(change);
}

}  // namespace headgate::agents
