// Reads an ExportTraceServiceRequest in OTLP/JSON: ids in hexadecimal, 64-bit integers as strings
// or numbers, bytes in base64, enums as numbers. Pure and total: bytes from outside. Members that
// are not known here are passed over; a span whose members are not of their types is rejected
// alone, only a body that is not JSON is refused as a whole.
#pragma once

#include <string_view>

#include "base/result.h"
#include "telemetry/otlp/model.h"

namespace headgate::telemetry::otlp {

/// Views point into `bytes`. Errors: invalid_json, invalid_request.
base::Result<DecodedRequest> decode_json(std::string_view bytes, const DecodeLimits& limits);

}  // namespace headgate::telemetry::otlp
