// The `retry`, `breaker`, `concurrency` and fallback keys of the configuration: how hard a route
// tries, when a provider is left alone, and how many calls there may be at a time. Plain values;
// the catalog holds them as they are.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/config/fields.h"

namespace headgate::gateway {

/// What happens when a streamed answer breaks after the caller has begun to receive it.
enum class OnBreak : std::uint8_t {
  error,          // the caller is told, in its dialect
  buffer,         // cannot happen: nothing is sent until the answer is whole
  restart,        // asked anew, if none of it was visible yet
  continue_with,  // another model goes on with it, where one can
};

/// Repeated attempts, as a share of calls, so that an outage is not made worse.
struct RetryBudgetConfig {
  std::int64_t percent = 10;
  std::int64_t min_per_s = 1;

  template <class V>
  static void fields(V& v);
};

/// Of a route.
struct RetryRules {
  std::int64_t attempts_max = 3;
  std::int64_t base_ms = 200;
  std::int64_t cap_ms = 8'000;
  std::int64_t wait_max_ms = 10'000;
  RetryBudgetConfig budget;

  template <class V>
  static void fields(V& v);
};

/// Of each model at a provider.
struct BreakerConfig {
  bool enabled = true;
  std::int64_t consecutive = 5;
  std::int64_t failures = 10;
  std::int64_t window_ms = 60'000;
  std::int64_t failure_percent = 50;
  std::int64_t samples_min = 20;
  std::int64_t slow_percent = 80;
  std::int64_t slow_first_token_ms = 0;
  std::int64_t open_ms = 30'000;
  std::int64_t open_max_ms = 300'000;
  std::int64_t probe_lease_ms = 30'000;
  std::int64_t probes = 1;
  std::int64_t ramp_ms = 10'000;

  template <class V>
  static void fields(V& v);
  friend bool operator==(const BreakerConfig&, const BreakerConfig&) = default;
};

/// Where the second attempt of a hedged call goes.
enum class HedgeTargets : std::uint8_t { next, same };

/// Of a route: a second attempt where the first is slow to begin.
struct HedgeConfig {
  std::optional<std::int64_t> after_ms;
  std::optional<std::int64_t> after_percentile;
  std::int64_t max = 1;
  std::int64_t spend_percent_max = 5;
  HedgeTargets targets = HedgeTargets::next;

  bool is_on() const { return after_ms || after_percentile; }

  template <class V>
  static void fields(V& v);
};

/// Of a provider.
struct ProviderConcurrency {
  std::int64_t max = 0;
  std::int64_t queue_max = 0;
  bool adaptive = false;

  template <class V>
  static void fields(V& v);
};

/// Of a route.
struct RouteConcurrency {
  std::int64_t max = 0;
  std::int64_t queue_max = 0;
  std::int64_t per_tenant_max = 0;
  std::int64_t per_workflow_max = 0;

  template <class V>
  static void fields(V& v);
};

inline constexpr std::int64_t kConcurrencyMax = 1'000'000;

template <class V>
void HedgeConfig::fields(V& v) {
  using C = HedgeConfig;
  v.field("after_ms", &C::after_ms,
          {.doc = "A call that has shown nothing of its answer for so long is asked a second time; "
                  "the first that begins to answer is taken, the other cut off.",
           .default_note = "never",
           .min = 1,
           .max = 600'000});
  v.field("after_percentile", &C::after_percentile,
          {.doc = "In place of after_ms: as long as this share of the model's answers of the last "
                  "five minutes took to begin, once there are twenty.",
           .default_note = "never",
           .min = 50,
           .max = 99});
  v.field("max", &C::max, {.doc = "Second attempts of a call, one at a time.", .min = 1, .max = 5});
  v.field("spend_percent_max", &C::spend_percent_max,
          {.doc = "Second attempts are at most so many of the route's calls: each may be paid for.",
           .min = 0,
           .max = 100});
  v.field("targets", &C::targets,
          {.doc = "Where it goes: to the next model of the fallback, or to the same one."});
}

template <class V>
void ProviderConcurrency::fields(V& v) {
  using C = ProviderConcurrency;
  v.field("max", &C::max,
          {.doc = "Attempts at a time, over all its models; 0: any number.",
           .min = 0,
           .max = kConcurrencyMax});
  v.field("queue_max", &C::queue_max,
          {.doc = "Calls that may wait for a place, tenants in turn; one more is refused, or goes "
                  "to another model of the route's fallback.",
           .min = 0,
           .max = kConcurrencyMax});
  v.field("adaptive", &C::adaptive,
          {.doc = "true: learn from its answers how many it bears: less when it says so (429, 503) "
                  "or gets slower, at most max (200 where that is 0). A model whose rate limit is "
                  "used up, by the headers of answers, is left alone until its reset."});
}

template <class V>
void RouteConcurrency::fields(V& v) {
  using C = RouteConcurrency;
  v.field("max", &C::max,
          {.doc = "Calls at a time; 0: any number.", .min = 0, .max = kConcurrencyMax});
  v.field("queue_max", &C::queue_max,
          {.doc = "Calls that may wait for a place, tenants in turn; one more is refused (503).",
           .min = 0,
           .max = kConcurrencyMax});
  v.field("per_tenant_max", &C::per_tenant_max,
          {.doc = "Calls at a time of one tenant, those that wait included; one more is refused "
                  "(429). 0: any number.",
           .min = 0,
           .max = kConcurrencyMax});
  v.field("per_workflow_max", &C::per_workflow_max,
          {.doc = "Likewise of one workflow of a tenant, where callers name it.",
           .min = 0,
           .max = kConcurrencyMax});
}

template <class V>
void RetryBudgetConfig::fields(V& v) {
  using C = RetryBudgetConfig;
  v.field("percent", &C::percent, {.doc = "Of the calls.", .min = 0, .max = 100});
  v.field("min_per_s", &C::min_per_s,
          {.doc = "Granted however few calls there are.", .min = 0, .max = 1000});
}

template <class V>
void RetryRules::fields(V& v) {
  using C = RetryRules;
  constexpr std::int64_t kTimeMax = 600'000;
  v.field("attempts_max", &C::attempts_max,
          {.doc = "At one model, the first included. What the caller's own client has already "
                  "tried (x-stainless-retry-count) counts.",
           .min = 1,
           .max = 10});
  v.field("base_ms", &C::base_ms,
          {.doc = "The first pause is between 0 and this, each further one up to twice as long; a "
                  "provider's Retry-After is kept.",
           .min = 1,
           .max = kTimeMax});
  v.field("cap_ms", &C::cap_ms, {.doc = "No pause of ours is longer.", .min = 1, .max = kTimeMax});
  v.field("wait_max_ms", &C::wait_max_ms,
          {.doc = "A provider that asks for more patience than this is not waited for.",
           .min = 0,
           .max = kTimeMax});
  v.field("budget", &C::budget, {.doc = "How many attempts on this route may be repeated ones."});
}

template <class V>
void BreakerConfig::fields(V& v) {
  using C = BreakerConfig;
  constexpr std::int64_t kTimeMax = 3'600'000;
  v.field("enabled", &C::enabled,
          {.doc = "false: it is always called, also within the time of a Retry-After."});
  v.field("consecutive", &C::consecutive,
          {.doc = "Opens after so many failures in a row.", .min = 1, .max = 10'000});
  v.field("failures", &C::failures,
          {.doc = "Opens after so many failures within window_ms, if they are failure_percent of "
                  "its calls.",
           .min = 1,
           .max = 100'000});
  v.field("window_ms", &C::window_ms,
          {.doc = "What is looked back on.", .min = 1'000, .max = kTimeMax});
  v.field("failure_percent", &C::failure_percent,
          {.doc = "Asked once there are samples_min calls.", .min = 1, .max = 100});
  v.field("samples_min", &C::samples_min,
          {.doc = "Calls before a share of them means anything.", .min = 1, .max = 100'000});
  v.field("slow_percent", &C::slow_percent,
          {.doc = "Opens when so many calls were slow.", .min = 1, .max = 100});
  v.field("slow_first_token_ms", &C::slow_first_token_ms,
          {.doc = "A first token later than this is slow; 0: only one that never came.",
           .min = 0,
           .max = kTimeMax});
  v.field("open_ms", &C::open_ms,
          {.doc = "Open for so long, then one call is let through to probe; doubled each time the "
                  "probe fails.",
           .min = 10,
           .max = kTimeMax});
  v.field("open_max_ms", &C::open_max_ms,
          {.doc = "No longer than this.", .min = 10, .max = kTimeMax});
  v.field("probe_lease_ms", &C::probe_lease_ms,
          {.doc = "A probe without a result by then has failed.", .min = 10, .max = kTimeMax});
  v.field("probes", &C::probes,
          {.doc = "Probes in a row that must succeed.", .min = 1, .max = 100});
  v.field("ramp_ms", &C::ramp_ms,
          {.doc = "After closing, calls come back over so long: 10, 25, 50, 100 %.",
           .min = 0,
           .max = kTimeMax});
}

}  // namespace headgate::gateway

template <>
struct headgate::base::config::EnumNames<headgate::gateway::HedgeTargets> {
  static constexpr std::array<std::string_view, 2> names{"next", "same"};
};
template <>
struct headgate::base::config::EnumNames<headgate::gateway::OnBreak> {
  static constexpr std::array<std::string_view, 4> names{"error", "buffer", "restart", "continue"};
};
