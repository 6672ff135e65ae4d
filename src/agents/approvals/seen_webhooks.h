// The ids of signed requests that were obeyed, for as long as their time would be accepted again: a
// copy of a request does nothing. Safe from any thread.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "base/result.h"

namespace headgate::agents {

class SeenWebhooks {
 public:
  /// Errors: conflict: it was there before; overloaded: too many in too short a time.
  base::Result<void> claim(const std::string& policy, const std::string& id, std::int64_t now_s);
  /// What it asked for was not done: it may come again.
  void release(const std::string& policy, const std::string& id);

 private:
  std::mutex mutex_;
  std::map<std::string, std::int64_t, std::less<>> seen_;  // when
};

}  // namespace headgate::agents
