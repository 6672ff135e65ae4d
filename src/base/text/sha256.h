// SHA-256 of what stands in memory, for chains and fingerprints. Pure; safe from any thread.
// Not for passwords, and not for comparing secrets: that is security/api_key.h.
#pragma once

#include <string>
#include <string_view>

namespace headgate::base {

/// 32 bytes.
std::string sha256(std::string_view bytes);
/// The same as 64 lower-case hex digits.
std::string sha256_hex(std::string_view bytes);

}  // namespace headgate::base
