// Every key of a described configuration in words: for a terminal (`headgate config reference`) and
// as Markdown (docs/reference/config.md, which is generated and checked for freshness).
#pragma once

#include <string>

#include "base/config/description.h"

namespace headgate::base::config {

/// Grouped by top-level section, one aligned line a key (type, default, bounds, whether a change
/// needs a restart) with its meaning below.
std::string reference_text(const Description& root);
/// One table a section.
std::string reference_markdown(const Description& root);

}  // namespace headgate::base::config
