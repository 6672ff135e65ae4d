// The breakers as the admin API shows them, and the state that somebody wants one to have. Pure but
// for the locks of the targets, which are held for a moment each; called on the loop that answers.
// (Changing one is admin_call.h's.)
// The states are the breakers' own, with "forced" said apart.
#pragma once

#include <optional>
#include <string>

#include "gateway/delivery/health.h"

namespace headgate::server {

enum class WantedBreaker : std::uint8_t { open, closed, automatic };

/// The body of PUT /admin/v1/breakers/{provider}/{model}.
struct BreakerChange {
  WantedBreaker state = WantedBreaker::automatic;

  template <class V>
  static void fields(V& v) {
    v.field("state", &BreakerChange::state,
            {.doc = "open: never called. closed: called, whatever fails. auto: on its own.",
             .required = true});
  }
};

/// As TargetHealth::force() takes it.
std::optional<resilience::BreakerState> forced_state(WantedBreaker wanted);

/// Of the moment that is `now` and `unix_us`.
std::string breaker_json(const gateway::TargetHealth& target, base::MonoTime now,
                         std::int64_t unix_us);
std::string breakers_json(const gateway::Health& health, base::MonoTime now, std::int64_t unix_us);

}  // namespace headgate::server

template <>
struct headgate::base::config::EnumNames<headgate::server::WantedBreaker> {
  static constexpr std::array<std::string_view, 3> names{"open", "closed", "auto"};
};
