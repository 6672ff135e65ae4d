// The program's version: what `headgate --version` prints and what collectors are told. Changed by
// hand with the project's version in CMakeLists.txt.
// A plain constant.
#pragma once

#include <string_view>

namespace headgate::server {

inline constexpr std::string_view kVersion = "0.1.0";

}  // namespace headgate::server
