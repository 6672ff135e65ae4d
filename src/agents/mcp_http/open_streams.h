// The long streams of a server: counted, bounded, and ended all at once when the server drains,
// because they would never end by themselves. Safe from any thread.
#pragma once

#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <utility>

#include "base/async/cancellation.h"
#include "base/async/loop.h"

namespace headgate::agents::mcp {

/// Cancels on the loop that owns `target`, from any thread, as long as it lives.
std::function<void()> stop_on_loop(base::Loop& loop,
                                   const std::shared_ptr<base::Cancellation>& target);

class OpenStreams {
 public:
  using Stop = std::function<void()>;

  explicit OpenStreams(std::size_t streams_max) : streams_max_(streams_max) {}

  /// One open stream, for as long as it lives.
  class Seat {
   public:
    Seat(OpenStreams& all, Stop stop);
    ~Seat();
    Seat(const Seat&) = delete;
    Seat& operator=(const Seat&) = delete;
    /// False: there are too many, or the server drains.
    bool taken() const { return taken_; }

   private:
    OpenStreams& all_;
    bool taken_ = false;
    std::list<Stop>::iterator at_;
  };

  void end_all();
  std::size_t size() const;

 private:
  const std::size_t streams_max_;
  mutable std::mutex mutex_;
  bool ended_ = false;
  std::list<Stop> stops_;
};

}  // namespace headgate::agents::mcp
