// Checks credentials against the newest keys. One a loop, so that the key set is reached without a
// lock or a shared counter; not thread-safe.
#pragma once

#include <string_view>

#include "base/async/snapshot.h"
#include "security/key_set.h"

namespace headgate::security {

class Authenticator {
 public:
  explicit Authenticator(const base::SnapshotCell<KeySet>& keys) : keys_(keys) {}

  /// `token`: the bearer token, empty when the request has none.
  base::Result<PrincipalPtr> authenticate(std::string_view token) {
    return keys_.get()->find(token);
  }

 private:
  base::SnapshotReader<KeySet> keys_;
};

}  // namespace headgate::security
