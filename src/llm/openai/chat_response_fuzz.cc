// Any body: no crash, an answer only from JSON, and texts that decode.
#include "llm/openai/chat_response.h"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace openai = headgate::llm::openai;
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  const bool valid = headgate::base::json::valid(body);
  const auto response = openai::scan_chat_response(body);
  if (response && !valid) std::abort();
  if (response && response->content.decode().size() > body.size()) std::abort();
  if (response && !response->tool_calls.empty() &&
      !headgate::base::json::valid(response->tool_calls)) {
    std::abort();
  }
  if (openai::scan_error_body(body) && !valid) std::abort();
  return 0;
}
