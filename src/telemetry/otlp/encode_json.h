// Writes an ExportTraceServiceRequest in OTLP/JSON. Pure. Text that is not UTF-8 goes out with
// U+FFFD.
#pragma once

#include <string>

#include "telemetry/otlp/out_span.h"

namespace headgate::telemetry::otlp {

std::string encode_json(const OutBatch& batch);

}  // namespace headgate::telemetry::otlp
