// How the writer thread shares a core with event loops: behind them (it runs when they have nothing
// to do, and a request that comes takes the core at once) or beside them (a fair share, so that
// journals cannot overflow while loops never rest). Owned by the trace store; the writer and the
// sinks of all loops change it.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>

namespace headgate::storage {

class WriterPriority {
 public:
  /// For the writer's thread, first of all: beside the loops. False: this process may not change
  /// back from behind (that needs CAP_SYS_NICE or LimitNICE=0), and so stays beside them for ever.
  bool begin();
  /// For the writer's thread.
  void behind();
  /// Safe from any thread; a system call after behind(), and one in some hundred calls else.
  void beside();

 private:
  bool changeable_ = false;
  std::atomic<pid_t> thread_{0};
  std::atomic<bool> behind_{false};
  std::atomic<std::uint32_t> calls_{0};
};

}  // namespace headgate::storage
