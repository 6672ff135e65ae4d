// Writes an ExportTraceServiceRequest in protobuf. Pure. Text that is not UTF-8 goes out with
// U+FFFD: receivers refuse a whole request for one wrong byte.
#pragma once

#include <string>

#include "telemetry/otlp/out_span.h"

namespace headgate::telemetry::otlp {

std::string encode_protobuf(const OutBatch& batch);

}  // namespace headgate::telemetry::otlp
