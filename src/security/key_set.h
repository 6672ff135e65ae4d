// All keys that are valid now, from the configuration and from the store, as one immutable
// snapshot. Rebuilt on reload and when the store's keys change; read by every request.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/principal.h"
#include "base/result.h"

namespace headgate::security {

using PrincipalPtr = std::shared_ptr<const base::Principal>;

class KeySet {
 public:
  /// `required`: whether a call without a credential is refused; else it is anonymous.
  explicit KeySet(bool required);

  /// A key from the store, by its public id.
  void add_stored(std::string id, std::string salt, std::string hash, bool revoked,
                  base::Principal principal);
  /// A key of any form, from the configuration. Only its hash is kept.
  void add_declared(std::string_view secret, base::Principal principal);

  /// Whose key `token` is. Errors: unauthenticated, saying what is wrong without repeating the key.
  base::Result<PrincipalPtr> find(std::string_view token) const;
  /// Who has the key of this public id; empty: no key. Null: nobody, or nobody any more.
  PrincipalPtr holder(std::string_view key_id) const;
  std::size_t size() const { return stored_.size() + declared_.size(); }

 private:
  struct Stored {
    std::string salt;
    std::string hash;
    bool revoked = false;
    PrincipalPtr principal;
  };

  bool required_;
  std::string declared_salt_;
  std::map<std::string, Stored, std::less<>> stored_;
  std::map<std::string, PrincipalPtr, std::less<>> declared_;  // by hash with declared_salt_
  PrincipalPtr anonymous_;
};

}  // namespace headgate::security
