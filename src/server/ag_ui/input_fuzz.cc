// Any body is read or refused with a reason; what is read is JSON for those who get it.
#include "server/ag_ui/input.h"

#include <cstdint>
#include <cstdlib>

#include "base/json/cursor.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  const auto input = headgate::server::read_ag_ui(body);
  if (!input) {
    if (input.error().detail.empty()) std::abort();
    return 0;
  }
  const bool answers = !input->answers.empty();
  if (!answers && !headgate::base::json::valid(input->messages, 256)) std::abort();
  for (const auto& answer : input->answers) {
    if (!headgate::base::json::valid(answer.body, 256)) std::abort();
  }
  return 0;
}
