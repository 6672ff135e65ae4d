// The `fault` of a rule from its place in a lab script, with the checks on which keys go together.
// Pure.
#pragma once

#include "lab/script/script.h"
#include "lab/script/values.h"

namespace headgate::lab {

Fault read_fault(const Cursor& at, Problems& problems);

}  // namespace headgate::lab
