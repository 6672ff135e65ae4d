#include "storage/traces/writer_priority.h"

#include <sched.h>
#include <unistd.h>

#include <thread>

namespace headgate::storage {
namespace {

constexpr std::uint32_t kAnyway = 256;

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

// The note first: once behind, this thread may not run again until beside() was called.
void WriterPriority::behind() {
  if (!changeable_) return;
  behind_.store(true, std::memory_order_release);
  set_policy(0, SCHED_IDLE);
}

// Between the note and the call of behind(), the note alone would be taken back: so every so many
// calls, which come while a journal is filling up, ask the system without it.
void WriterPriority::beside() {
  const bool noted = behind_.exchange(false, std::memory_order_acq_rel);
  const bool anyway = calls_.fetch_add(1, std::memory_order_relaxed) % kAnyway == 0;
  const pid_t thread = thread_.load(std::memory_order_acquire);
  if ((noted || anyway) && thread != 0) set_policy(thread, SCHED_BATCH);
}

}  // namespace headgate::storage
