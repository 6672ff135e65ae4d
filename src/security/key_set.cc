#include "security/key_set.h"

#include <algorithm>
#include <utility>

#include "base/random.h"
#include "security/api_key.h"

namespace headgate::security {

using base::Errc;
using base::fail;
using base::Result;

KeySet::KeySet(bool required)
    : required_(required),
      declared_salt_(16, '\0'),
      anonymous_(std::make_shared<const base::Principal>()) {
  base::secure_random(
      {reinterpret_cast<std::uint8_t*>(declared_salt_.data()), declared_salt_.size()});
}

void KeySet::add_stored(std::string id, std::string salt, std::string hash, bool revoked,
                        base::Principal principal) {
  stored_[std::move(id)] = {std::move(salt), std::move(hash), revoked,
                            std::make_shared<const base::Principal>(std::move(principal))};
}

void KeySet::add_declared(std::string_view secret, base::Principal principal) {
  declared_[hash_token(declared_salt_, secret)] =
      std::make_shared<const base::Principal>(std::move(principal));
}

Result<PrincipalPtr> KeySet::find(std::string_view token) const {
  if (token.empty()) {
    if (!required_) return anonymous_;
    return fail(Errc::unauthenticated,
                "You didn't provide an API key. Send it as `Authorization: Bearer YOUR_KEY`.");
  }
  if (const auto id = id_of_token(token)) {
    const auto found = stored_.find(*id);
    if (found != stored_.end() &&
        same_hash(hash_token(found->second.salt, token), found->second.hash)) {
      if (!found->second.revoked) return found->second.principal;
      return fail(Errc::unauthenticated, "This API key has been revoked.");
    }
  }
  const auto declared = declared_.find(hash_token(declared_salt_, token));
  if (declared != declared_.end()) return declared->second;
  return fail(Errc::unauthenticated, "Incorrect API key provided.");
}

PrincipalPtr KeySet::holder(std::string_view key_id) const {
  if (key_id.empty()) return required_ ? nullptr : anonymous_;
  const auto stored = stored_.find(key_id);
  if (stored != stored_.end()) return stored->second.revoked ? nullptr : stored->second.principal;
  const auto has_id = [&](const auto& entry) { return entry.second->key_id == key_id; };
  const auto declared = std::find_if(declared_.begin(), declared_.end(), has_id);
  return declared != declared_.end() ? declared->second : nullptr;
}

}  // namespace headgate::security
