// Deadlines for many connections at the price of a store each: a deadline that moves later only
// writes its time, and is looked at again when the slot it stands in comes round. Pure (takes
// `now`), one per event loop, not thread-safe. Fires at most one slot late, never early.
#pragma once

#include <array>
#include <cstddef>

#include "base/clock.h"

namespace headgate::base {

class TimerWheel;

/// A place in the wheel; owned by whoever waits. Destroying or disarming it takes it out.
class WheelTimer {
 public:
  using Fire = void (*)(void* owner);

  WheelTimer(TimerWheel& wheel, Fire fire, void* owner)
      : wheel_(wheel), fire_(fire), owner_(owner) {}
  ~WheelTimer() { unlink(); }
  WheelTimer(const WheelTimer&) = delete;
  WheelTimer& operator=(const WheelTimer&) = delete;

  void arm(MonoTime at);
  void disarm() { at_ = MonoTime::max(); }
  bool armed() const { return at_ != MonoTime::max(); }
  MonoTime at() const { return at_; }

 private:
  friend class TimerWheel;
  void unlink();

  TimerWheel& wheel_;
  Fire fire_;
  void* owner_;
  MonoTime at_ = MonoTime::max();
  MonoTime slot_time_ = MonoTime::max();  // when the slot it stands in comes round
  WheelTimer* next_ = nullptr;
  WheelTimer* prev_ = nullptr;
};

class TimerWheel {
 public:
  static constexpr Duration kSlot = milliseconds(20);
  static constexpr std::size_t kSlots = 1024;  // 20 s a turn; longer waits are looked at each turn

  explicit TimerWheel(MonoTime now);
  ~TimerWheel();
  TimerWheel(const TimerWheel&) = delete;
  TimerWheel& operator=(const TimerWheel&) = delete;

  /// Fires every timer due by `now`. A fired timer is disarmed first; its callback may arm it again
  /// or destroy any timer but one that is being fired.
  void advance(MonoTime now);
  /// When the next slot with a timer in it comes round, for clocks that jump; max(): there is none.
  MonoTime next() const;
  std::size_t size() const { return size_; }

 private:
  friend class WheelTimer;
  struct Slot {
    WheelTimer* head = nullptr;
  };
  void link(WheelTimer& timer, MonoTime slot_time);
  void run_slot(std::size_t index, MonoTime now);
  std::size_t index_of(MonoTime t) const;

  std::array<Slot, kSlots> slots_{};
  MonoTime current_;  // start of the next slot to run
  std::size_t size_ = 0;
};

}  // namespace headgate::base
