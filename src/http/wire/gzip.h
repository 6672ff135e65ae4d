// The gzip content coding (RFC 1952), both ways. Unpacking never writes more than it is told to, so
// a small body that unpacks to gigabytes is refused as soon as it shows. Pure; whole bodies only.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace headgate::http {

/// Errors: payload_too_large beyond `bytes_max`, invalid_request when it is not whole gzip data.
base::Result<std::string> gunzip(std::string_view packed, std::size_t bytes_max);

std::string gzip(std::string_view plain);

}  // namespace headgate::http
