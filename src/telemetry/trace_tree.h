// A trace for people, as `headgate trace show` draws it: all its spans, whichever call or program
// they come from, each below its parent. Pure.
#pragma once

#include <span>
#include <string>

#include "telemetry/span.h"
#include "telemetry/terminal_text.h"

namespace headgate::telemetry {

/// Every span stands in it once. One whose parent is in none of the records stands below the head
/// of its own; heads without a parent, and whoever is their own ancestor, stand side by side.
/// Siblings are in the order of time.
std::string trace_tree(std::span<const ExchangeRecord> exchanges, const TextStyle& style);

}  // namespace headgate::telemetry
