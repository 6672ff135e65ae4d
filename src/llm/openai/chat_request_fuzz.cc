// Any body: the scan accepts only JSON, and an edited body says what the edit asked for and keeps
// the rest: undoing the edit gives the caller's bytes.
#include "llm/openai/chat_request.h"

#include <cstdlib>
#include <string>

using headgate::llm::chat::Edits;
using headgate::llm::openai::edit_chat_request;
using headgate::llm::openai::scan_chat_request;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  const auto request = scan_chat_request(body);
  if (!request) return 0;
  if (!headgate::base::json::valid(body)) std::abort();
  const Edits edits{.model = "up\"stream", .include_usage = true};
  const auto edited = edit_chat_request(body, *request, edits);
  if (!edited) {
    if (request->model != *edits.model) std::abort();
    return 0;
  }
  const auto after = scan_chat_request(*edited);
  if (!after || after->model != *edits.model || after->prompt != request->prompt ||
      after->stream != request->stream || after->user != request->user ||
      after->candidates != request->candidates ||
      after->output_tokens_max != request->output_tokens_max ||
      after->has_tools != request->has_tools) {
    std::abort();
  }
  if (request->stream && !after->usage_asked()) std::abort();
  if (edit_chat_request(*edited, *after, edits)) std::abort();
  std::string undone = *edited;
  undone.replace(after->model_value.begin, after->model_value.size(),
                 request->model_value.of(body));
  const auto usage_only = edit_chat_request(body, *request, {.include_usage = true});
  if (undone != usage_only.value_or(std::string(body))) std::abort();
  return 0;
}
