// Payment card numbers: the lengths and leading digits the brands use, in the groups they are
// printed in, with a correct Luhn digit. Order numbers, phone numbers and ids are not. Pure.
// Internal.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "base/redact/span.h"

namespace headgate::base::redact {

/// The first card number that begins at or behind `from`.
std::optional<Span> find_card(std::string_view text, std::size_t from);

/// Whether these digits (13 to 19, nothing else) are a card number.
bool is_card(std::string_view digits);

}  // namespace headgate::base::redact
