// What the simulated world has planned, in order of virtual time and to the microsecond (the
// gateway's own timers are its wheel's). Events of one moment run in an order drawn from the seed.
// Owned by the world; single-threaded.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <tuple>

#include "base/clock.h"
#include "base/random.h"

namespace headgate::sim {

class Timeline {
 public:
  Timeline(const base::Clock& clock, base::Random& random) : clock_(clock), random_(random) {}

  void at(base::MonoTime when, std::function<void()> what);
  void after(base::Duration delay, std::function<void()> what) { at(now() + delay, what); }
  base::MonoTime now() const { return clock_.now(); }
  /// Of the first event; max(): there is none.
  base::MonoTime next() const;
  /// Everything due by now, what becomes due meanwhile too.
  void run_due();

 private:
  using Key = std::tuple<base::MonoTime, std::uint64_t, std::uint64_t>;  // time, lot, number

  const base::Clock& clock_;
  base::Random& random_;
  std::uint64_t number_ = 0;
  std::map<Key, std::function<void()>> events_;
};

}  // namespace headgate::sim
