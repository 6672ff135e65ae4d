// Under which names spans leave: a profile is a version of a convention. Each row of the table in
// export_table.cc says which profiles it belongs to. A new version of a convention is a new
// profile; an old one does not change, so that dashboards do not break. Plain values.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/config/fields.h"

namespace headgate::telemetry {

enum class Profile : std::uint8_t {
  otel_1_41,          // OpenTelemetry's GenAI conventions as of 1.41
  otel_genai_latest,  // the same from their own repository, as of its newest text known here
  compat,             // 1.41, and what Phoenix (OpenInference) and Langfuse read beside
};
inline constexpr std::size_t kProfileCount = 3;

/// What a batch says its attribute names are of.
std::string_view schema_url(Profile profile);

}  // namespace headgate::telemetry

template <>
struct headgate::base::config::EnumNames<headgate::telemetry::Profile> {
  static constexpr std::array<std::string_view, headgate::telemetry::kProfileCount> names{
      "otel-1.41", "otel-genai-latest", "compat"};
};
