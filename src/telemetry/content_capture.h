// The choice of how much of a call's content is kept: a route's, and that of spans from outside.
// A plain value; its names are those of the configuration.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/config/fields.h"

namespace headgate::telemetry {

/// What a trace keeps of prompts and completions; each keeps less than those before it.
enum class ContentCapture : std::uint8_t { full, redacted, hashed, off };

}  // namespace headgate::telemetry

template <>
struct headgate::base::config::EnumNames<headgate::telemetry::ContentCapture> {
  static constexpr std::array<std::string_view, 4> names{"full", "redacted", "hashed", "off"};
};
