// Results that a model was not shown and passes on by reference: an argument that is "$c3_1" and
// nothing else becomes what the call c3_1 had said. Pure; total over any bytes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agents/journal/provenance.h"

namespace headgate::agents {

/// Of all that is put in; references beyond that stay as they are.
inline constexpr std::size_t kExpandedBytesMax = 32 * 1024 * 1024;

/// `arguments` with the texts in place of references to them.
std::string expand_references(std::string_view arguments,
                              const std::vector<WithheldText>& withheld);

}  // namespace headgate::agents
