// Which attributes hold what people and models said, whatever convention they come from: the
// content policy (full, redacted, hashed, off) is about them as it is about input and output. Pure.
#pragma once

#include <string_view>

namespace headgate::telemetry {

bool is_content_key(std::string_view key);

}  // namespace headgate::telemetry
