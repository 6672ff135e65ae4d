// Members that stand twice in an object of JSON text: readers may take either, so what one of them
// has checked need not be what another acts on. Pure; as deep as the cursor of JSON goes.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace headgate::agents {

/// The name of a member that an object has twice, at any depth; nothing where all stand once.
/// Names are the same by what they say, however they are written. Errors: invalid_json.
base::Result<std::optional<std::string>> said_twice(std::string_view json);

}  // namespace headgate::agents
