// What OTLP says of a span beside its attributes, as JSON: events and links; and what of
// them we have fields for. Pure; internal to the folder.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>

#include "telemetry/otlp/model.h"

namespace headgate::telemetry {

inline constexpr std::array<std::string_view, 2> kInputEventKeys{"gen_ai.input.messages",
                                                                 "gen_ai.prompt"};
inline constexpr std::array<std::string_view, 2> kOutputEventKeys{"gen_ai.output.messages",
                                                                  "gen_ai.completion"};

inline constexpr std::array<std::string_view, 1> kExceptionTypeKeys{"exception.type"};

/// The first attribute of an event with one of these keys; empty: none.
std::string_view from_events(const otlp::DecodedSpan& span, std::span<const std::string_view> keys);
/// What an "exception" event says.
std::string_view exception_message(const otlp::DecodedSpan& span);

/// [{"time_unix_nano":"…","name":…,"attributes":{…}}]
std::string events_json(const otlp::DecodedSpan& span);
/// [{"trace_id":…,"span_id":…,"attributes":{…}}]
std::string links_json(const otlp::DecodedSpan& span);

}  // namespace headgate::telemetry
