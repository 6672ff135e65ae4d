// Whether the rest of the process leaves the machine time for work that can wait. A thread that
// runs only when a core is idle still takes its time from whoever would have had that core a moment
// later, and is felt in what a request costs. So such work rests while the process is busy, until
// more of it waits than may. Of one thread.
#pragma once

#include <cstdint>

#include "base/clock.h"

namespace headgate::storage::text {

class IdlePace {
 public:
  /// `waiting_max`: pieces of work that may wait, whatever the load.
  explicit IdlePace(std::int64_t waiting_max);

  /// For tests: the CPU time that the process has had without this thread, and the cores there are.
  IdlePace(std::int64_t waiting_max, base::Duration (*others_cpu)(), double cores);

  /// Looks at the load once in a while.
  bool allows(base::MonoTime now, std::int64_t waiting);

 private:
  std::int64_t waiting_max_;
  base::Duration (*others_cpu_)();
  double cores_;
  base::MonoTime looked_{};
  base::Duration had_{};
  bool is_busy_ = false;
};

}  // namespace headgate::storage::text
