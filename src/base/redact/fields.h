// JSON members whose name says that the value is secret, found in JSON text and in JSON that is
// escaped inside a string (tool call arguments are), to any depth of escaping. Pure. Internal to
// base/redact.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "base/redact/span.h"

namespace headgate::base::redact {

struct FieldName {
  std::string_view name;      // lower case, words joined by '_'; also matched with '-' and joined
  std::size_t chars_min = 1;  // shorter strings stay
};

std::span<const FieldName> secret_fields();

/// The value of the member whose name ends at `name_end` and begins with the quote at `quote`;
/// nothing when that is no member name, or its value is empty, true, false, null or already
/// removed.
std::optional<Span> match_field(std::string_view text, std::size_t quote, std::size_t name_end,
                                std::string_view kind, std::size_t chars_min);

}  // namespace headgate::base::redact
