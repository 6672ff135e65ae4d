// Reads a lab script from YAML. Reports every problem at once, each as "file:line:column: …", with
// the key that was probably meant. Pure: keys that refer to the environment or a file stay
// references.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "lab/script/script.h"

namespace headgate::lab {

/// Errc::config_invalid with all problems, one a line, in the order of the file: "file:line:column:
/// …".
base::Result<Script> read_script(std::string_view yaml, const std::string& file);

}  // namespace headgate::lab
