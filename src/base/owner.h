// To whom that which is kept for a caller belongs: queued calls and their answers, runs. Whoever
// keeps something writes this beside it and shows it to nobody else. Text for stores, not for
// people. Pure.
#pragma once

#include <string>

#include "base/principal.h"

namespace headgate::base {

/// A tenant, or a key without one. No two have the same.
inline std::string owner_of(const Principal& principal) {
  return principal.tenant.empty() ? "key " + principal.key_id : "tenant " + principal.tenant;
}

}  // namespace headgate::base
