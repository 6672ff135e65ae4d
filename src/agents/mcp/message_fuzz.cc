// Any bytes as a message, its parameters' `_meta` and headers of its arguments: what is read can be
// written again, and reads the same.
#include "agents/mcp/message.h"

#include <cstdlib>

#include "agents/mcp/header_value.h"
#include "agents/mcp/param_headers.h"
#include "agents/mcp/request_meta.h"
#include "agents/mcp/sealed_state.h"
#include "agents/tools/digest.h"

using namespace headgate::agents;

namespace {

void check_message(std::string_view text) {
  const mcp::MessageRead read = mcp::read_message(text);
  const mcp::Message& message = read.message;
  if (read.wrong || message.kind != mcp::MessageKind::request) return;
  const std::string again = mcp::write_request(message.id, message.method, message.params);
  const mcp::MessageRead back = mcp::read_message(again);
  if (back.wrong || back.message.method != message.method) std::abort();
  if (back.message.params != message.params || back.message.id != message.id) std::abort();
  const mcp::RequestMeta meta = mcp::read_meta(message.params);
  if (meta.progress.size() > mcp::kIdBytesMax) std::abort();
  if (canonical_json(canonical_json(message.params)) != canonical_json(message.params)) {
    std::abort();
  }
}

void check_headers(std::string_view text) {
  const auto value = mcp::from_header_value(text);
  if (value && mcp::from_header_value(mcp::to_header_value(*value)) != *value) std::abort();
  const auto headers = mcp::ParamHeaders::read(text);
  if (!headers) return;
  const auto lines = headers->of_call(text);
  if (!lines) return;
  for (const auto& line : *lines) {
    if (!mcp::is_token(line.name)) std::abort();
    if (!mcp::from_header_value(line.value)) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_message(text);
  check_headers(text);
  static const mcp::StateSealer sealer("fuzz");
  if (sealer.open(text, {"p", "r"}, 0, 0)) std::abort();
  return 0;
}
