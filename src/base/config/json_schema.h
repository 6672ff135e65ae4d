// The JSON Schema (draft 2020-12) of a described configuration, for editors: it says of a file what
// the reader says, except for what only the reader can know (names across sections, files,
// secrets).
#pragma once

#include <string>
#include <string_view>

#include "base/config/description.h"

namespace headgate::base::config {

std::string json_schema(const Description& root, std::string_view title);

}  // namespace headgate::base::config
