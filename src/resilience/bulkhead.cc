#include "resilience/bulkhead.h"

#include <algorithm>
#include <functional>
#include <utility>

namespace headgate::resilience {
namespace {

constexpr double kHoldWeight = 1.0 / 8;
constexpr std::size_t kReserveMost = 1024;
constexpr double kWaitMost = static_cast<double>(base::Duration(std::chrono::hours(24)).count());

}  // namespace

Bulkhead::Bulkhead(const BulkheadRules& rules) : limit_(rules.limit), queue_max_(rules.queue_max) {
  buckets_.fill(kNone);
  const auto callers = static_cast<std::size_t>(std::max(limit_, 16)) +
                       static_cast<std::size_t>(std::max(queue_max_, 0));
  places_.reserve(std::min(callers, kReserveMost));
  tenants_.reserve(std::min(callers, kReserveMost));
}

Admission Bulkhead::enter(std::string_view tenant, base::MonoTime now, base::MonoTime deadline) {
  if (deadline <= now) return {};
  const std::uint32_t owner = tenant_of(tenant);
  if (has_room()) {
    const std::uint32_t place = take_place(owner, now, deadline);
    hold(place, now);
    return {Entry::granted, places_[place].ticket, {}};
  }
  const base::Duration wait = estimate(owner);
  if (wait > deadline - now || (queued_ >= queue_max_ && !make_room(owner))) {
    forget_if_idle(owner);
    return {Entry::refused, 0, wait};
  }
  const std::uint32_t place = take_place(owner, now, deadline);
  line_up(place);
  return {Entry::queued, places_[place].ticket, wait};
}

void Bulkhead::leave(std::uint64_t ticket, base::MonoTime now) {
  const std::uint32_t place = place_of(ticket, PlaceState::held);
  if (place == kNone) return;
  const auto held = static_cast<double>(std::max(now - places_[place].since, {}).count());
  mean_hold_ = mean_hold_ == 0 ? held : mean_hold_ + kHoldWeight * (held - mean_hold_);
  give_back(ticket);
}

void Bulkhead::give_back(std::uint64_t ticket) {
  const std::uint32_t place = place_of(ticket, PlaceState::held);
  if (place == kNone) return;
  const std::uint32_t owner = places_[place].tenant;
  --in_use_;
  --tenants_[owner].held;
  free_place(place);
  forget_if_idle(owner);
}

std::optional<Ticket> Bulkhead::next(base::MonoTime now) {
  while (queued_ > 0 && slot_free()) {
    const std::uint32_t owner = whose_turn();
    const std::uint32_t place = tenants_[owner].first;
    if (places_[place].deadline <= now) {
      expire(place);
      continue;
    }
    const base::Duration waited = now - places_[place].since;
    unqueue(place);
    hold(place, now);
    if (tenants_[owner].waiting > 0) {  // to the end of the ring
      ring_remove(owner);
      ring_append(owner);
    }
    return Ticket{places_[place].ticket, waited};
  }
  return std::nullopt;
}

std::vector<std::uint64_t> Bulkhead::expired() { return std::exchange(expired_, {}); }

bool Bulkhead::abandon(std::uint64_t ticket) {
  const std::uint32_t place = place_of(ticket, PlaceState::queued);
  if (place == kNone) return false;
  const std::uint32_t owner = places_[place].tenant;
  unqueue(place);
  free_place(place);
  forget_if_idle(owner);
  return true;
}

std::uint32_t Bulkhead::tenant_of(std::string_view name) {
  const std::uint64_t hash = std::hash<std::string_view>()(name);
  std::uint32_t& bucket = buckets_[hash % buckets_.size()];
  for (std::uint32_t i = bucket; i != kNone; i = tenants_[i].chain) {
    if (tenants_[i].hash == hash) return i;
  }
  std::uint32_t index = free_tenants_;
  if (index == kNone) {
    index = static_cast<std::uint32_t>(tenants_.size());
    tenants_.emplace_back();
  } else {
    free_tenants_ = tenants_[index].chain;
  }
  tenants_[index] = {};
  tenants_[index].hash = hash;
  tenants_[index].chain = bucket;
  bucket = index;
  ++active_;
  return index;
}

void Bulkhead::forget_if_idle(std::uint32_t tenant) {
  Tenant& gone = tenants_[tenant];
  if (gone.held > 0 || gone.waiting > 0) return;
  std::uint32_t* link = &buckets_[gone.hash % buckets_.size()];
  while (*link != tenant) link = &tenants_[*link].chain;
  *link = gone.chain;
  gone.chain = free_tenants_;
  free_tenants_ = tenant;
  --active_;
}

std::uint32_t Bulkhead::take_place(std::uint32_t tenant, base::MonoTime now,
                                   base::MonoTime deadline) {
  std::uint32_t index = free_places_;
  if (index == kNone) {
    index = static_cast<std::uint32_t>(places_.size());
    places_.emplace_back();
  } else {
    free_places_ = places_[index].after;
  }
  if (++serial_ == 0) ++serial_;  // so that no ticket is 0
  Place& place = places_[index];
  place.ticket = std::uint64_t{serial_} << 32 | index;
  place.tenant = tenant;
  place.before = place.after = kNone;
  place.since = now;
  place.deadline = deadline;
  return index;
}

void Bulkhead::free_place(std::uint32_t place) {
  places_[place].state = PlaceState::free;
  places_[place].after = free_places_;
  free_places_ = place;
}

void Bulkhead::hold(std::uint32_t place, base::MonoTime now) {
  places_[place].state = PlaceState::held;
  places_[place].since = now;
  ++tenants_[places_[place].tenant].held;
  ++in_use_;
}

void Bulkhead::line_up(std::uint32_t place) {
  Tenant& owner = tenants_[places_[place].tenant];
  places_[place].state = PlaceState::queued;
  places_[place].before = owner.last;
  (owner.last == kNone ? owner.first : places_[owner.last].after) = place;
  owner.last = place;
  if (owner.waiting++ == 0) ring_append(places_[place].tenant);
  ++queued_;
}

void Bulkhead::unqueue(std::uint32_t place) {
  const Place& gone = places_[place];
  Tenant& owner = tenants_[gone.tenant];
  (gone.before == kNone ? owner.first : places_[gone.before].after) = gone.after;
  (gone.after == kNone ? owner.last : places_[gone.after].before) = gone.before;
  if (--owner.waiting == 0) ring_remove(gone.tenant);
  --queued_;
}

void Bulkhead::expire(std::uint32_t place) {
  const std::uint32_t owner = places_[place].tenant;
  expired_.push_back(places_[place].ticket);
  unqueue(place);
  free_place(place);
  forget_if_idle(owner);
}

void Bulkhead::ring_append(std::uint32_t tenant) {
  Tenant& added = tenants_[tenant];
  if (ring_ == kNone) {
    ring_ = added.ring_before = added.ring_after = tenant;
    return;
  }
  const std::uint32_t last = tenants_[ring_].ring_before;
  added.ring_before = last;
  added.ring_after = ring_;
  tenants_[last].ring_after = tenant;
  tenants_[ring_].ring_before = tenant;
}

void Bulkhead::ring_remove(std::uint32_t tenant) {
  const Tenant& gone = tenants_[tenant];
  tenants_[gone.ring_before].ring_after = gone.ring_after;
  tenants_[gone.ring_after].ring_before = gone.ring_before;
  if (ring_ == tenant) ring_ = gone.ring_after == tenant ? kNone : gone.ring_after;
}

/// kNone after the last.
std::uint32_t Bulkhead::after_in_ring(std::uint32_t tenant) const {
  const std::uint32_t after = tenants_[tenant].ring_after;
  return after == ring_ ? kNone : after;
}

/// The first in the ring that holds less than its share. When none does, the first: a slot that
/// nobody may have helps nobody. REQUIRES: somebody waits.
std::uint32_t Bulkhead::whose_turn() const {
  const int share = limit_ <= 0 ? active_ + in_use_ : std::max(1, limit_ / std::max(1, active_));
  for (std::uint32_t i = ring_; i != kNone; i = after_in_ring(i)) {
    if (tenants_[i].held < share) return i;
  }
  return ring_;
}

/// Full queue: pushes the youngest of the longest line out if that line stays no shorter than
/// `tenant`'s will be.
bool Bulkhead::make_room(std::uint32_t tenant) {
  std::uint32_t longest = ring_;
  for (std::uint32_t i = ring_; i != kNone; i = after_in_ring(i)) {
    if (tenants_[i].waiting > tenants_[longest].waiting) longest = i;
  }
  if (longest == kNone) return false;
  if (tenants_[longest].waiting <= tenants_[tenant].waiting + 1) return false;
  expire(tenants_[longest].last);
  return true;
}

/// Turns until a newcomer at the end of `tenant`'s line has his, times the time a turn takes. Of
/// other lines only as many go before him as of his own.
base::Duration Bulkhead::estimate(std::uint32_t tenant) const {
  if (limit_ <= 0) return {};
  const int mine = tenants_[tenant].waiting + 1;
  std::int64_t turns = mine;
  for (std::uint32_t i = ring_; i != kNone; i = after_in_ring(i)) {
    if (i != tenant) turns += std::min(tenants_[i].waiting, mine);
  }
  const double wait = static_cast<double>(turns) * mean_hold_ / limit_;
  return base::Duration(static_cast<std::int64_t>(std::min(wait, kWaitMost)));
}

std::uint32_t Bulkhead::place_of(std::uint64_t ticket, PlaceState state) const {
  const auto index = static_cast<std::uint32_t>(ticket);
  if (index >= places_.size()) return kNone;
  const Place& place = places_[index];
  return place.ticket == ticket && place.state == state ? index : kNone;
}

}  // namespace headgate::resilience
