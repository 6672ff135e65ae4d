// Any text decodes or is refused; what decodes survives the way through our spans and out again.
#include "telemetry/otlp/decode_json.h"

#include "telemetry/otlp/response.h"
#include "telemetry/otlp/round_trip_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace headgate::telemetry::otlp;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  (void)decode_response(bytes, Encoding::json);
  (void)status_message(bytes, Encoding::json);
  DecodeLimits limits;
  limits.spans_max = 50;
  limits.attributes_max = 100;
  auto request = decode_json(bytes, limits);
  if (request) round_trip(*request);
  return 0;
}
