// `headgate config reference`: every configuration key with its type, default, bounds and meaning,
// made from the same fields that read the file (base/config/fields.h). The Markdown form is the
// source of docs/reference/config.md.
#pragma once

#include <cstdint>

namespace headgate::cli {

enum class ReferenceFormat : std::uint8_t {
  text,      // for a terminal
  schema,    // JSON Schema (draft 2020-12), for editors
  markdown,  // docs/reference/config.md
};

/// Prints to standard output. Returns 0.
int run_config_reference(ReferenceFormat format);

}  // namespace headgate::cli
