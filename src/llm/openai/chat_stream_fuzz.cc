// Any lines as events: no crash, bounded memory, and what the object says fits together.
#include "llm/openai/chat_stream.h"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace openai = headgate::llm::openai;
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  openai::ChatStream stream({.usage_is_ours = true, .gathered_bytes_max = 64, .tool_calls_max = 4});
  bool content = false;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const auto facts = stream.on_data(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (!facts) break;
    content = content || facts->content;
    if (facts->strip && (facts->content || facts->error || !facts->usage_only)) std::abort();
    if (facts->done != stream.done()) std::abort();
  }
  if (stream.complete() && (stream.truncated() || !stream.finished())) std::abort();
  if (content && !stream.has_content()) std::abort();
  std::size_t gathered = stream.text().size() + stream.refusal().size();
  for (const auto& call : stream.tool_calls()) {
    gathered += call.id.size() + call.name.size() + call.arguments.size();
  }
  if (gathered > 64 || stream.tool_calls().size() > 4) std::abort();
  const std::string calls = stream.tool_calls_json();
  if (!calls.empty() && !headgate::base::json::valid(calls)) std::abort();
  return 0;
}
