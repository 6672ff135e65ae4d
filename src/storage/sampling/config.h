// The `sampling` key of a route: which of its traces stay in the store once they have ended. Plain
// values; the store works on a SamplingPolicy made of those of all routes, at start-up and on
// reload.
#pragma once

#include <cstdint>
#include <optional>

#include "base/config/fields.h"
#include "base/config/types.h"

namespace headgate::storage {

struct SamplingConfig {
  std::int64_t keep_percent = 100;
  std::optional<std::int64_t> slow_ms;
  std::optional<base::config::Dollars> cost_usd;
  std::int64_t quiet_s = 300;

  template <class V>
  static void fields(V& v) {
    using C = SamplingConfig;
    v.field("keep_percent", &C::keep_percent,
            {.doc = "Of the traces that have nothing to be kept for: how many stay, chosen by a "
                    "hash of the trace id. Those with an error, a flag, or beyond slow_ms or "
                    "cost_usd all stay. 100: everything stays.",
             .min = 0,
             .max = 100});
    v.field("slow_ms", &C::slow_ms,
            {.doc = "A call that took so long keeps its trace.",
             .default_note = "none is slow",
             .min = 1,
             .max = 86'400'000});
    v.field("cost_usd", &C::cost_usd,
            {.doc = "A trace whose calls cost so much together is kept.",
             .example = "0.05",
             .default_note = "none is expensive"});
    v.field("quiet_s", &C::quiet_s,
            {.doc = "A trace has ended when nothing of it has come for so long; then it is decided "
                    "upon. Longer than any one call or tool takes: each tells of itself at its "
                    "end.",
             .min = 1,
             .max = 86'400});
  }
};

}  // namespace headgate::storage
