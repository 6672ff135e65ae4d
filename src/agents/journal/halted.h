// Runs whose journal could not be read or written: a disk was full, or at its end. Each is tried
// again, soon at first and then once a minute, and goes on from its last entry. One for the
// process, safe from any thread.
#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace headgate::agents {

class HaltedRuns {
 public:
  /// More often than this a run is not halted in the middle of its work: each time it may have
  /// asked a model for nothing.
  static constexpr int kWorkedMax = 5;

  /// `worked`: it had been taken up, and the journal could be written then. False: it is not tried
  /// again before the next start.
  bool add(const std::string& id, base::MonoTime now, bool worked);
  /// It has gone on to where it needs nobody, or is no more.
  void forget(std::string_view id);
  /// Those whose time has come; each once, until it is added again.
  std::vector<std::string> due(base::MonoTime now);
  /// How many wait for that.
  std::size_t waiting() const;

 private:
  struct Entry {
    int tries = 0;
    int worked = 0;
    bool is_tried = false;  // just now
    base::MonoTime next;
  };

  mutable std::mutex mutex_;
  std::map<std::string, Entry, std::less<>> runs_;
};

}  // namespace headgate::agents
