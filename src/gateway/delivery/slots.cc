#include "gateway/delivery/slots.h"

#include <algorithm>

#include "base/async/loop.h"

namespace headgate::gateway {

using base::Duration;
using base::Errc;
using base::MonoTime;
using base::Result;
using resilience::BreakerEffect;
using resilience::FailureKind;

namespace {

resilience::BulkheadRules bulkhead_rules(const SlotRules& rules) {
  return {rules.max, rules.queue_max};
}

std::optional<resilience::AdaptiveLimit> adaptive_limit(const SlotRules& rules) {
  if (!rules.adaptive) return std::nullopt;
  resilience::AdaptiveLimitRules out;
  if (rules.max > 0) out.max = rules.max;
  out.initial = std::min(out.initial, out.max);
  return resilience::AdaptiveLimit(out);
}

bool asks_for_less(const Failure& failure) {
  return failure.kind == FailureKind::overloaded ||
         resilience::row(failure.kind).breaker == BreakerEffect::rate;
}

}  // namespace

Slot::~Slot() {
  if (slots_ != nullptr) slots_->give_back(ticket_, used_, clock_->now());
}

void Slot::tell(const Failure* failure, MonoTime begun, std::optional<Duration> first_token,
                MonoTime now) {
  if (slots_ != nullptr) slots_->tell(failure, begun, first_token, now);
}

// In a line until its turn has come; whoever goes before that leaves the line, or passes the slot
// on that was given to it meanwhile.
class Slots::Place {
 public:
  Place(Slots& slots, std::uint64_t ticket, const base::Clock& clock)
      : slots_(slots), ticket_(ticket), clock_(clock) {}
  ~Place() {
    if (!taken_) slots_.withdraw(ticket_, clock_.now());
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  Slot take() {
    taken_ = true;
    return {slots_, ticket_, clock_};
  }

 private:
  Slots& slots_;
  std::uint64_t ticket_;
  const base::Clock& clock_;
  bool taken_ = false;
};

Slots::Slots(std::string scope, std::string name, const SlotRules& rules)
    : scope_(std::move(scope)),
      name_(std::move(name)),
      rules_(rules),
      bulkhead_(bulkhead_rules(rules)),
      adaptive_(adaptive_limit(rules)) {
  apply_limit();
}

base::Async<Slots::Entry> Slots::enter(base::Context& ctx, std::string_view tenant,
                                       MonoTime deadline) {
  Entry entry;
  std::optional<Turn> turn;
  const resilience::Admission admission = line_up(ctx, tenant, deadline, turn);
  if (admission.entry == resilience::Entry::granted) {
    entry.slot = Slot(*this, admission.ticket, ctx.loop.clock());
    co_return entry;
  }
  if (admission.entry == resilience::Entry::refused) {
    if (admission.wait > Duration::zero()) entry.retry_after = admission.wait;
    co_return entry;
  }
  Place place(*this, admission.ticket, ctx.loop.clock());
  Receiver late = turn->receiver();
  const auto fire = [](void* receiver) {
    (*static_cast<Receiver*>(receiver))(base::fail(Errc::overloaded, "no slot in time"));
  };
  base::WheelTimer timer(ctx.loop.wheel(), fire, &late);
  if (deadline != MonoTime::max()) timer.arm(deadline);
  Turn& own = *turn;  // GCC 12 would copy what an operator returns
  auto waited = co_await own;
  if (waited) {
    entry.slot = place.take();
    entry.waited = *waited;
  } else {
    entry.why = waited.error().code;
  }
  co_return entry;
}

Slot Slots::enter_now(base::Context& ctx, std::string_view tenant) {
  const MonoTime now = ctx.loop.now();
  const std::lock_guard lock(mutex_);
  wake(now);
  if (!bulkhead_.has_room()) return {};
  const auto admission = bulkhead_.enter(tenant, now, MonoTime::max());
  return {*this, admission.ticket, ctx.loop.clock()};
}

// Whoever is to wait must be known before the lock is let go: its turn may come at once.
resilience::Admission Slots::line_up(base::Context& ctx, std::string_view tenant, MonoTime deadline,
                                     std::optional<Turn>& turn) {
  const MonoTime now = ctx.loop.now();
  const std::lock_guard lock(mutex_);
  wake(now);  // those past their deadline take no room
  const auto admission = bulkhead_.enter(tenant, now, deadline);
  if (admission.entry == resilience::Entry::refused) ++refused_;
  if (admission.entry == resilience::Entry::queued) {
    turn.emplace(ctx.loop, ctx.cancellation);
    waiting_.emplace(admission.ticket, turn->receiver());
    wake(now);  // to tell who was pushed out for it
  }
  return admission;
}

void Slots::give_back(std::uint64_t ticket, bool used, MonoTime now) {
  const std::lock_guard lock(mutex_);
  if (used) {
    bulkhead_.leave(ticket, now);
  } else {
    bulkhead_.give_back(ticket);
  }
  wake(now);
}

void Slots::withdraw(std::uint64_t ticket, MonoTime now) {
  const std::lock_guard lock(mutex_);
  if (waiting_.erase(ticket) > 0) ++refused_;
  if (!bulkhead_.abandon(ticket)) bulkhead_.give_back(ticket);
  wake(now);
}

void Slots::tell(const Failure* failure, MonoTime begun, std::optional<Duration> first_token,
                 MonoTime now) {
  const std::lock_guard lock(mutex_);
  if (!adaptive_) return;
  if (failure != nullptr) {
    if (!asks_for_less(*failure)) return;
    adaptive_->on_overload(now, begun);
  } else if (first_token) {
    adaptive_->on_first_token(now, *first_token, bulkhead_.in_use());
  } else {
    adaptive_->on_answer(bulkhead_.in_use());
  }
  apply_limit();
  wake(now);
}

void Slots::set_rules(const SlotRules& rules) {
  const std::lock_guard lock(mutex_);
  if (rules == rules_) return;
  rules_ = rules;
  adaptive_ = adaptive_limit(rules);
  bulkhead_.set_queue_max(rules.queue_max);
  apply_limit();
}

Slots::State Slots::state() const {
  const std::lock_guard lock(mutex_);
  return {bulkhead_.limit(), bulkhead_.in_use(), bulkhead_.queued(), refused_,
          waited_,           waited_sum_};
}

// Gives free slots away. REQUIRES: the lock. Who is told goes on on its own loop, later.
void Slots::wake(MonoTime now) {
  while (const auto next = bulkhead_.next(now)) {
    ++waited_;
    waited_sum_ += next->waited;
    call(next->id, next->waited);
  }
  for (const std::uint64_t ticket : bulkhead_.expired()) {
    ++refused_;
    call(ticket, base::fail(Errc::overloaded, "pushed out of the queue"));
  }
}

void Slots::call(std::uint64_t ticket, Result<Duration> result) {
  const auto found = waiting_.extract(ticket);
  if (!found.empty()) found.mapped()(std::move(result));
}

void Slots::apply_limit() { bulkhead_.set_limit(adaptive_ ? adaptive_->limit() : rules_.max); }

}  // namespace headgate::gateway
