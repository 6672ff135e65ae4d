// Any bytes as a configuration file, and as the JSON body of a request: never a crash, never more
// memory than the bounds allow; and what is accepted, written out again, reads back as the same
// values.
#include <cstdlib>

#include "base/config/specimen_test.h"

using namespace headgate::base::config;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto body = read_json<Specimen>(text);
  if (!body && body.error().detail.empty()) std::abort();
  const auto first = load_text<Specimen>(text, "/etc/specimen", Check::file_only);
  for (const Problem& problem : first.problems) {
    if (problem.text("f").empty()) std::abort();
  }
  if (!first.ok()) return 0;
  const std::string written = to_json(first.value);
  const auto as_body = read_json<Specimen>(written);
  if (!as_body || to_json(*as_body) != written) std::abort();
  const auto second = load_text<Specimen>(written, "/etc/specimen", Check::file_only);
  if (!second.ok() || to_json(second.value) != written) std::abort();
  return 0;
}
