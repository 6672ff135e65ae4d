// Any bytes as headgate.yaml, with the checks between sections.
#include "server/config.h"

#include <cstdlib>

using namespace headgate;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto loaded = server::parse_config(text, "/etc/headgate", base::config::Check::file_only);
  for (const auto& problem : loaded.problems) {
    if (problem.text("f").empty()) std::abort();
  }
  if (loaded.ok() && !server::restart_needed(loaded.value, loaded.value).empty()) std::abort();
  return 0;
}
