// Whatever decodes must encode, decode and encode to the same bytes, and print.
#include "telemetry/span_codec.h"

#include <cstdlib>

#include "telemetry/trace_text.h"
#include "telemetry/trace_tree.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace headgate::telemetry;
  ExchangeDecoder decoder;
  const auto record = decoder.decode(std::as_bytes(std::span(data, size)));
  if (!record) return 0;
  std::vector<std::byte> once(encoded_size(*record));
  encode(*record, once.data());
  ExchangeDecoder second;
  const auto read = second.decode(once);
  if (!read) std::abort();
  std::vector<std::byte> twice(encoded_size(*read));
  encode(*read, twice.data());
  if (once != twice) std::abort();
  (void)trace_tree({&*record, 1}, {.colour = true, .content_bytes_max = 20});
  (void)trace_table({&*record, 1}, {});
  std::string json;
  append_json(json, *record);
  return 0;
}
