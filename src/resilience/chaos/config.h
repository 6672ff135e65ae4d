// The `chaos` section: whether faults may be injected into this server at all. A plain value, read
// at start-up and on every reload, which is how chaos is switched off where the admin API cannot be
// reached.
#pragma once

#include "base/config/fields.h"

namespace headgate::resilience {

struct ChaosConfig {
  bool enabled = false;

  template <class V>
  static void fields(V& v) {
    v.field("enabled", &ChaosConfig::enabled,
            {.doc = "true: keys with the scope admin may set rules that make calls fail. A reload "
                    "with false ends all rules."});
  }
};

}  // namespace headgate::resilience
