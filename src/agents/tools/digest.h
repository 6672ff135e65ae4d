// JSON in canonical form (members sorted, no blanks, strings by what they say), so that what says
// the same has the same digest however it was written. Approvals and sealed states are bound to it.
// Numbers stay as written, and a member that stands twice leaves all as it is: whoever reads it
// next may take either. Pure.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace headgate::agents {

/// The text itself when it is not one JSON value within 128 levels, or says a member twice.
std::string canonical_json(std::string_view text);

/// SHA-256, 32 bytes, of the parts with their lengths: no two lists of parts run together.
std::string digest(std::initializer_list<std::string_view> parts);

}  // namespace headgate::agents
