#include "base/async/timer_wheel.h"

#include <algorithm>

namespace headgate::base {
namespace {

MonoTime slot_start(MonoTime t) {
  return MonoTime(t.time_since_epoch() / TimerWheel::kSlot * TimerWheel::kSlot);
}

}  // namespace

void WheelTimer::arm(MonoTime at) {
  at_ = at;
  if (slot_time_ == MonoTime::max()) {  // not linked
    wheel_.link(*this, at);
  } else if (at < slot_time_) {
    unlink();
    wheel_.link(*this, at);
  }
}

void WheelTimer::unlink() {
  if (slot_time_ == MonoTime::max()) return;
  auto& slot = wheel_.slots_[wheel_.index_of(slot_time_)];
  if (prev_ != nullptr) prev_->next_ = next_;
  if (next_ != nullptr) next_->prev_ = prev_;
  if (slot.head == this) slot.head = next_;
  next_ = prev_ = nullptr;
  slot_time_ = MonoTime::max();
  --wheel_.size_;
}

TimerWheel::TimerWheel(MonoTime now) : current_(slot_start(now)) {}

TimerWheel::~TimerWheel() {
  for (auto& slot : slots_) {
    while (slot.head != nullptr) slot.head->unlink();
  }
}

std::size_t TimerWheel::index_of(MonoTime t) const {
  return static_cast<std::size_t>(t.time_since_epoch() / kSlot) % kSlots;
}

void TimerWheel::link(WheelTimer& timer, MonoTime at) {
  // One slot after the one `at` falls in: never early. At most a turn ahead, and never
  // into the slot that is being run, which is the one before current_.
  const MonoTime last = current_ + kSlot * (kSlots - 2);
  const MonoTime due = at >= last ? last : std::max(slot_start(at) + kSlot, current_);
  timer.slot_time_ = due;
  auto& slot = slots_[index_of(due)];
  timer.prev_ = nullptr;
  timer.next_ = slot.head;
  if (slot.head != nullptr) slot.head->prev_ = &timer;
  slot.head = &timer;
  ++size_;
}

void TimerWheel::advance(MonoTime now) {
  // A long pause (a suspended machine) runs each slot once, not once per missed turn.
  if (now - current_ > kSlot * kSlots) current_ = slot_start(now) - kSlot * (kSlots - 1);
  while (current_ <= now) {
    const std::size_t index = index_of(current_);
    current_ += kSlot;
    run_slot(index, now);
  }
}

MonoTime TimerWheel::next() const {
  if (size_ == 0) return MonoTime::max();
  MonoTime at = current_;
  while (slots_[index_of(at)].head == nullptr) at += kSlot;
  return at;
}

void TimerWheel::run_slot(std::size_t index, MonoTime now) {
  // Taken off one at a time from the head, because a callback may destroy its neighbours. What is
  // not due yet goes to a later slot, and every slot but this one is later.
  while (WheelTimer* timer = slots_[index].head) {
    const MonoTime at = timer->at_;
    timer->unlink();
    if (at == MonoTime::max()) continue;
    if (at > now) {
      link(*timer, at);
      continue;
    }
    timer->at_ = MonoTime::max();
    timer->fire_(timer->owner_);
  }
}

}  // namespace headgate::base
