// What a provider hands out for a client to carry and give back unread: thoughts, sealed into a
// token that looks like Fernet's. The same inputs give the same token, and a token that was changed
// does not open. Neither secret nor safe: it only has to be told from what the lab never gave.
// Pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace headgate::lab {

struct Sealed {
  std::string owner;  // the item it was given for
  std::string text;
};

std::string seal(const Sealed& content);
/// Nothing where seal() has not made `token`.
std::optional<Sealed> unsealed(std::string_view token);

}  // namespace headgate::lab
