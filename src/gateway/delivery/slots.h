// How many calls may be at one provider, or on one route, at a time: a resilience::Bulkhead that
// all loops share, with the coroutines that wait in its lines. A slot that comes free goes to
// whoever is next, on whichever loop that is. Health keeps one for each provider and route that has
// a limit; the catalog holds what is its own, and where it holds none nothing is asked.
// Safe from any thread: one lock, held for some arithmetic.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/async/handoff.h"
#include "base/async/task.h"
#include "base/context.h"
#include "gateway/delivery/failure.h"
#include "resilience/adaptive_limit.h"
#include "resilience/bulkhead.h"

namespace headgate::gateway {

struct SlotRules {
  int max = 0;  // 0: no limit, but the adaptive one
  int queue_max = 0;
  bool adaptive = false;

  friend bool operator==(const SlotRules&, const SlotRules&) = default;
};

class Slots;

/// A slot that is held. Given back when it is destroyed; may be empty. Must not outlive its Slots
/// or the clock.
class Slot {
 public:
  Slot() = default;
  Slot(Slots& slots, std::uint64_t ticket, const base::Clock& clock)
      : slots_(&slots), ticket_(ticket), clock_(&clock) {}
  Slot(Slot&& other) noexcept
      : slots_(std::exchange(other.slots_, nullptr)),
        ticket_(other.ticket_),
        clock_(other.clock_),
        used_(other.used_) {}
  Slot& operator=(Slot&& other) noexcept {
    std::swap(slots_, other.slots_);
    std::swap(ticket_, other.ticket_);
    std::swap(clock_, other.clock_);
    std::swap(used_, other.used_);
    return *this;
  }
  ~Slot();

  bool is_held() const { return slots_ != nullptr; }
  /// An attempt is over; `failure` null: it has answered. Only the adaptive limit listens.
  void tell(const Failure* failure, base::MonoTime begun, std::optional<base::Duration> first_token,
            base::MonoTime now);
  /// Nothing was sent with it.
  void not_used() { used_ = false; }

 private:
  Slots* slots_ = nullptr;
  std::uint64_t ticket_ = 0;
  const base::Clock* clock_ = nullptr;
  bool used_ = true;
};

class Slots {
 public:
  Slots(std::string scope, std::string name, const SlotRules& rules);

  struct Entry {
    Slot slot;                                  // empty: refused
    base::Errc why = base::Errc::overloaded;    // refused: overloaded or cancelled
    std::optional<base::Duration> retry_after;  // refused: when there may be one
    base::Duration waited{};
  };
  /// Waits for its turn among all tenants, if there is room in the queue and the wait looks shorter
  /// than until `deadline`. Resumes on the context's loop.
  base::Async<Entry> enter(base::Context& ctx, std::string_view tenant, base::MonoTime deadline);

  /// A slot that is free now, past nobody who waits; else an empty one.
  Slot enter_now(base::Context& ctx, std::string_view tenant);

  /// More room is given away when the next slot comes free.
  void set_rules(const SlotRules& rules);

  struct State {
    int limit;  // 0: none
    int in_use;
    int queued;
    std::uint64_t refused_total;
    std::uint64_t waited_total;  // that got their slot after a wait
    base::Duration waited_sum;
  };
  State state() const;
  const std::string& scope() const { return scope_; }  // "provider", "route"
  const std::string& name() const { return name_; }

 private:
  friend class Slot;
  class Place;
  using Turn = base::Handoff<base::Duration>;
  using Receiver = std::function<void(base::Result<base::Duration>)>;

  resilience::Admission line_up(base::Context& ctx, std::string_view tenant,
                                base::MonoTime deadline, std::optional<Turn>& turn);
  void give_back(std::uint64_t ticket, bool used, base::MonoTime now);
  void withdraw(std::uint64_t ticket, base::MonoTime now);
  void tell(const Failure* failure, base::MonoTime begun, std::optional<base::Duration> first_token,
            base::MonoTime now);
  void wake(base::MonoTime now);
  void call(std::uint64_t ticket, base::Result<base::Duration> result);
  void apply_limit();

  const std::string scope_;
  const std::string name_;
  mutable std::mutex mutex_;
  SlotRules rules_;
  resilience::Bulkhead bulkhead_;
  std::optional<resilience::AdaptiveLimit> adaptive_;
  std::unordered_map<std::uint64_t, Receiver> waiting_;  // by ticket
  std::uint64_t refused_ = 0;
  std::uint64_t waited_ = 0;
  base::Duration waited_sum_{};
};

}  // namespace headgate::gateway
