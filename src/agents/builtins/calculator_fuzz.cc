// Any expression is reckoned or refused with a place; a result reckons to itself.
#include "agents/builtins/calculator.h"

#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto result = headgate::agents::calculate(text);
  if (!result) {
    if (result.error().detail.empty()) std::abort();
    return 0;
  }
  const auto again = headgate::agents::calculate(result->value);
  if (!again || again->value != result->value || again->rounded) std::abort();
  return 0;
}
