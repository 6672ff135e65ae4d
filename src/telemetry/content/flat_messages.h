// Messages that came as one attribute a member ("llm.input_messages.0.message.role"), put together
// again as an array of messages. OpenInference and OpenLLMetry write them so. Pure.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "telemetry/span.h"

namespace headgate::telemetry {

inline constexpr std::array<std::string_view, 2> kFlatInput{"llm.input_messages.",
                                                            "gen_ai.prompt."};
inline constexpr std::array<std::string_view, 2> kFlatOutput{"llm.output_messages.",
                                                             "gen_ai.completion."};

/// "[{"role":…,"content":…},…]" of the first prefix that has any; empty where none has. Marks in
/// `used` the attributes whose text went in.
std::string messages_from_flat(std::span<const Attribute> attributes,
                               std::span<const std::string_view> prefixes, std::vector<bool>& used);

}  // namespace headgate::telemetry
