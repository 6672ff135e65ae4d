// Any bytes as a rule of chaos: refused with a reason, or a rule with one fault that comes back
// from its own JSON.
#include <cstdlib>
#include <string_view>

#include "base/config/value.h"
#include "resilience/chaos/rule.h"

using namespace headgate::resilience;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto rule = read_chaos_rule({reinterpret_cast<const char*>(data), size});
  if (!rule) {
    if (rule.error().detail.empty()) std::abort();
    return 0;
  }
  if (name(rule->fault.kind()).empty()) std::abort();
  headgate::base::SeededRandom random(1);
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (rule->percent == 100 && !in_share(*rule, text, random)) std::abort();
  const std::string written = headgate::base::config::to_json(*rule);
  const auto again = read_chaos_rule(written);
  if (!again || headgate::base::config::to_json(*again) != written) std::abort();
  return 0;
}
