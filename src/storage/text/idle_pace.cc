#include "storage/text/idle_pace.h"

#include <sched.h>
#include <sys/resource.h>

#include <chrono>

namespace headgate::storage::text {
namespace {

constexpr base::milliseconds kLookEvery{250};
constexpr double kBusy = 0.3;  // of the cores

base::Duration cpu_of(int who) {
  rusage usage{};
  ::getrusage(who, &usage);
  const auto of = [](const timeval& t) {
    return std::chrono::seconds(t.tv_sec) + base::microseconds(t.tv_usec);
  };
  return of(usage.ru_utime) + of(usage.ru_stime);
}

base::Duration others_cpu() { return cpu_of(RUSAGE_SELF) - cpu_of(RUSAGE_THREAD); }

double cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  return ::sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
}

}  // namespace

IdlePace::IdlePace(std::int64_t waiting_max) : IdlePace(waiting_max, others_cpu, cores()) {}

IdlePace::IdlePace(std::int64_t waiting_max, base::Duration (*others)(), double count)
    : waiting_max_(waiting_max), others_cpu_(others), cores_(count) {}

bool IdlePace::allows(base::MonoTime now, std::int64_t waiting) {
  if (now - looked_ >= kLookEvery) {
    const base::Duration had = others_cpu_();
    const auto seconds = [](base::Duration d) { return std::chrono::duration<double>(d).count(); };
    is_busy_ = seconds(had - had_) > kBusy * cores_ * seconds(now - looked_);
    looked_ = now;
    had_ = had;
  }
  return !is_busy_ || waiting > waiting_max_;
}

}  // namespace headgate::storage::text
