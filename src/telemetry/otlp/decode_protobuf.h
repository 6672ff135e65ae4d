// Reads an ExportTraceServiceRequest in protobuf. Pure and total: bytes from outside. Fields that
// are not known here are passed over, as protobuf asks; a span that is damaged is rejected alone,
// only a request whose outer messages are damaged is refused as a whole.
#pragma once

#include <string_view>

#include "base/result.h"
#include "telemetry/otlp/model.h"

namespace headgate::telemetry::otlp {

/// Views point into `bytes`. Errors: invalid_request.
base::Result<DecodedRequest> decode_protobuf(std::string_view bytes, const DecodeLimits& limits);

}  // namespace headgate::telemetry::otlp
