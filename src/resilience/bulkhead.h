// How many calls may be at one target at a time, and who waits for a slot. Fair over tenants: each
// has a line of its own, lines take turns, and a line whose tenant holds its share (limit / active
// tenants, at least 1) waits while another below its share does. Callers that would wait past their
// deadline are refused at once. Single-threaded; the caller guards it, and wakes whom next() names.
// A ticket is admitted, abandoned or expired exactly once. Allocates only to grow.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace headgate::resilience {

struct BulkheadRules {
  int limit = 0;      // 0: unlimited
  int queue_max = 0;  // waiting over all tenants
};

enum class Entry : std::uint8_t { granted, queued, refused };

struct Admission {
  Entry entry = Entry::refused;
  std::uint64_t ticket =
      0;                  // granted: for leave(). queued: what next(), expired() and abandon() say
  base::Duration wait{};  // estimated, when not granted
};

struct Ticket {
  std::uint64_t id = 0;  // for leave()
  base::Duration waited{};
};

class Bulkhead {
 public:
  explicit Bulkhead(const BulkheadRules& rules = {});

  /// A full queue takes a tenant with a shorter line by pushing out the youngest of the longest
  /// line, which expired() then tells.
  Admission enter(std::string_view tenant, base::MonoTime now, base::MonoTime deadline);
  /// Gives the slot of a granted or admitted ticket back. Call next() afterwards until it is empty.
  void leave(std::uint64_t ticket, base::MonoTime now);
  /// The same of a slot that was never used: says nothing about how long slots are held.
  void give_back(std::uint64_t ticket);
  /// Whom to admit now: it has the slot. Those past their deadline on the way go to expired().
  std::optional<Ticket> next(base::MonoTime now);
  /// Tickets that left the queue without a slot since the last call: refuse them.
  std::vector<std::uint64_t> expired();
  /// Leaves the queue. False: it was not in it any more, so it may hold a slot.
  bool abandon(std::uint64_t ticket);
  /// Lower than in_use(): nobody is admitted until enough have left. Higher: call next().
  void set_limit(int limit) { limit_ = limit; }
  /// Lower than queued(): who waits goes on waiting.
  void set_queue_max(int queue_max) { queue_max_ = queue_max; }

  /// Whether enter() would grant a slot at once.
  bool has_room() const { return queued_ == 0 && slot_free(); }
  int limit() const { return limit_; }
  int in_use() const { return in_use_; }
  int queued() const { return queued_; }
  /// How long a slot is held, smoothed; 0 until one was given back.
  base::Duration mean_hold() const { return base::Duration(static_cast<std::int64_t>(mean_hold_)); }

 private:
  static constexpr std::uint32_t kNone = 0xffffffff;
  enum class PlaceState : std::uint8_t { free, queued, held };
  /// A caller in a line or in a slot.
  struct Place {
    std::uint64_t ticket = 0;  // serial number << 32 | index of the place
    std::uint32_t tenant = kNone;
    std::uint32_t before = kNone;  // in its line
    std::uint32_t after = kNone;   // in its line, or among free places
    PlaceState state = PlaceState::free;
    base::MonoTime since{};
    base::MonoTime deadline{};
  };
  /// A tenant that holds a slot or waits for one. Known by its hash: a collision makes two tenants
  /// share, nothing worse.
  struct Tenant {
    std::uint64_t hash = 0;
    std::uint32_t chain = kNone;  // in its hash bucket, or among free tenants
    int held = 0;
    int waiting = 0;
    std::uint32_t first = kNone;  // its line
    std::uint32_t last = kNone;
    std::uint32_t ring_before = kNone;  // among tenants that wait
    std::uint32_t ring_after = kNone;
  };

  bool slot_free() const { return limit_ <= 0 || in_use_ < limit_; }
  std::uint32_t tenant_of(std::string_view name);
  void forget_if_idle(std::uint32_t tenant);
  std::uint32_t take_place(std::uint32_t tenant, base::MonoTime now, base::MonoTime deadline);
  void free_place(std::uint32_t place);
  void hold(std::uint32_t place, base::MonoTime now);
  void line_up(std::uint32_t place);
  void unqueue(std::uint32_t place);
  void expire(std::uint32_t place);
  void ring_append(std::uint32_t tenant);
  void ring_remove(std::uint32_t tenant);
  std::uint32_t after_in_ring(std::uint32_t tenant) const;
  std::uint32_t whose_turn() const;
  bool make_room(std::uint32_t tenant);
  base::Duration estimate(std::uint32_t tenant) const;
  std::uint32_t place_of(std::uint64_t ticket, PlaceState state) const;

  int limit_;
  int queue_max_;
  int in_use_ = 0;
  int queued_ = 0;
  int active_ = 0;        // tenants
  double mean_hold_ = 0;  // in ticks of Duration
  std::uint32_t serial_ = 0;
  std::vector<Place> places_;
  std::uint32_t free_places_ = kNone;
  std::vector<Tenant> tenants_;
  std::uint32_t free_tenants_ = kNone;
  std::uint32_t ring_ = kNone;  // whose turn is next
  std::array<std::uint32_t, 256> buckets_;
  std::vector<std::uint64_t> expired_;
};

}  // namespace headgate::resilience
