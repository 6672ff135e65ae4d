// Any bytes unpack to no more than the limit, or are refused; what was unpacked packs and unpacks.
#include "http/wire/gzip.h"

#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace headgate::http;
  constexpr std::size_t kBytesMax = 100'000;
  const auto unpacked = gunzip({reinterpret_cast<const char*>(data), size}, kBytesMax);
  if (!unpacked) return 0;
  if (unpacked->size() > kBytesMax) std::abort();
  const auto again = gunzip(gzip(*unpacked), kBytesMax);
  if (!again || *again != *unpacked) std::abort();
  return 0;
}
