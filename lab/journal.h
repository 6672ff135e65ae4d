// What the lab has seen, for tests to ask about: the last requests with credentials masked, and
// counters. Bounded; belongs to the engine's thread.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>

#include "lab/neutral/completion.h"
#include "lab/request.h"

namespace headgate::lab {

/// What became of a request, for its journal entry.
struct Outcome {
  int status = 0;  // 0: no status line was sent
  std::string dialect;
  std::string rule;
  std::string fault_rule;
  bool stream = false;
  CompletionUsage usage;
};

class Journal {
 public:
  static constexpr std::size_t kRequestsMax = 512;
  static constexpr std::size_t kBodyBytesMax = 64 * 1024;  // longer ones are kept cut

  void add(const LabRequest& request, const Outcome& outcome);
  /// The number of the newest entry; 0: none.
  std::uint64_t newest() const { return entries_.empty() ? 0 : entries_.back().n; }
  /// The client of entry `n` went away before it had everything; of 0: one that has no entry.
  void note_disconnect(std::uint64_t n);
  void clear();

  /// {"requests":[{"n","method","path","headers","body","dialect","status","rule","fault","usage",
  /// "disconnected"}]}; usage is {"prompt","cached","cache_write","completion","reasoning"}
  std::string requests_json() const;
  /// Counts since start or clear(): requests, streams, client disconnects, tokens, by status,
  /// dialect, rule and fault.
  std::string stats_json() const;

 private:
  struct Entry {
    std::uint64_t n;
    std::string target;  // path and query, without a key
    LabRequest request;
    Outcome outcome;
    bool disconnected = false;
  };
  std::deque<Entry> entries_;
  std::uint64_t requests_ = 0;
  std::uint64_t streams_ = 0;
  std::uint64_t disconnects_ = 0;
  CompletionUsage tokens_;
  std::map<int, std::uint64_t> by_status_;
  std::map<std::string, std::uint64_t> by_dialect_;
  std::map<std::string, std::uint64_t> by_rule_;
  std::map<std::string, std::uint64_t> by_fault_;
};

}  // namespace headgate::lab
