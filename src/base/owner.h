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

/// The same for what is filed under a bare tenant: stored responses and idempotency keys. A key
/// without a tenant has a file of its own. No two have the same either.
inline std::string tenant_or_key(const Principal& principal) {
  const std::string& tenant = principal.tenant;
  const bool is_bare = !tenant.empty() && !tenant.starts_with("key ");
  return is_bare && !tenant.starts_with("tenant ") ? tenant : owner_of(principal);
}

}  // namespace headgate::base
