// Readers of one index off the event loops: threads with a connection each, opened when it is first
// needed and anew when the file is another one (deleted and built again). Made by app.cc, safe from
// any thread; stops when it is destroyed, after what was handed to it.
#pragma once

#include <sys/types.h>

#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "agents/knowledge/search.h"
#include "storage/job_thread.h"

namespace headgate::agents::knowledge {

/// What a search of this index came to, for metrics.
struct SearchCounts {
  std::atomic<std::uint64_t> done{0};
  std::atomic<std::uint64_t> failed{0};
  std::atomic<std::uint64_t> without_vectors{0};  // done by words, where vectors were wanted
};

class IndexPool {
 public:
  using Then = std::function<void(base::Result<SearchResult>)>;

  explicit IndexPool(std::string folder);

  /// `then` is called on a thread of the pool; with Errc::overloaded on the caller's own when too
  /// much waits.
  void search(SearchAsk ask, QueryVector vector, Then then);
  SearchCounts& counts() { return counts_; }
  /// Ends the threads, after what was handed to them. REQUIRES: nobody searches any more.
  void stop();

 private:
  static constexpr std::size_t kThreads = 2;
  static constexpr std::size_t kWaitingMax = 512;  // searches, those that run included

  struct Connection {
    std::optional<storage::Database> database;
    ino_t file = 0;
  };
  base::Result<SearchResult> run(Connection& connection, const SearchAsk& ask,
                                 const QueryVector& vector);
  base::Result<void> open(Connection& connection);

  std::string folder_;
  VectorCache cache_;
  SearchCounts counts_;
  std::atomic<std::size_t> next_{0};
  std::atomic<std::size_t> waiting_{0};
  std::array<Connection, kThreads> connections_;                       // one a thread
  std::array<std::unique_ptr<storage::JobThread>, kThreads> threads_;  // last: they use the others
};

}  // namespace headgate::agents::knowledge
