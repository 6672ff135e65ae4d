#include "storage/traces/writer_priority.h"

#include <sched.h>
#include <unistd.h>

#include <thread>

namespace headgate::storage {
namespace {

bool set_policy(pid_t thread, int policy) {
  const sched_param none{};
  return sched_setscheduler(thread, policy, &none) == 0;
}

// Tried by a thread that ends afterwards: one that may not come back from SCHED_IDLE stays there.
bool may_come_back() {
  bool came_back = false;
  std::thread([&] { came_back = set_policy(0, SCHED_IDLE) && set_policy(0, SCHED_BATCH); }).join();
  return came_back;
}

}  // namespace

bool WriterPriority::begin() {
  changeable_ = may_come_back();
  // SCHED_BATCH: its own waking never takes the core from a loop.
  set_policy(0, SCHED_BATCH);
  thread_.store(::gettid(), std::memory_order_release);
  return changeable_;
}

// The call first, then the note: beside() may run in between, sees nothing to undo, and is called
// again by the next record that finds its journal filling up.
void WriterPriority::behind() {
  if (!changeable_ || !set_policy(0, SCHED_IDLE)) return;
  behind_.store(true, std::memory_order_release);
}

void WriterPriority::beside() {
  if (!behind_.exchange(false, std::memory_order_acq_rel)) return;
  set_policy(thread_.load(std::memory_order_acquire), SCHED_BATCH);
}

}  // namespace headgate::storage
