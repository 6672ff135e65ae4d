// Whatever decodes must encode to the same bytes again, and print: nothing may crash on the way.
#include <cstdlib>

#include "telemetry/span_codec.h"
#include "telemetry/trace_text.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace headgate::telemetry;
  ExchangeDecoder decoder;
  const auto record = decoder.decode(std::as_bytes(std::span(data, size)));
  if (!record) return 0;
  std::vector<std::byte> again(encoded_size(*record));
  if (again.size() != size) std::abort();
  encode(*record, again.data());
  ExchangeDecoder second;
  if (!second.decode(again)) std::abort();
  (void)trace_tree({&*record, 1}, {.colour = true, .content_bytes_max = 20});
  (void)trace_table({&*record, 1}, {});
  std::string json;
  append_json(json, *record);
  return 0;
}
