// Who offers something tells here that it changed; who shows it to others listens. Safe from any
// thread: listeners are called by whoever tells, behind the feed's lock, so they only hand the news
// on (to a Mailbox of their loop) and never call the feed.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <string>

namespace headgate::agents {

enum class ChangeKind : std::uint8_t { tools, prompts, resources, resource };

struct Change {
  ChangeKind kind = ChangeKind::tools;
  std::string uri;  // of one resource
};

class ChangeFeed {
 public:
  using Listen = std::function<void(const Change&)>;

  /// Listens for as long as it lives; the feed outlives it.
  class Subscription {
   public:
    Subscription(ChangeFeed& feed, Listen listen);
    ~Subscription();
    Subscription(const Subscription&) = delete;
    Subscription& operator=(const Subscription&) = delete;

   private:
    ChangeFeed& feed_;
    std::list<Listen>::iterator at_;
  };

  void tell(const Change& change);

 private:
  std::mutex mutex_;
  std::list<Listen> listeners_;
};

}  // namespace headgate::agents
