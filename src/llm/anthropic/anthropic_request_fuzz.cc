// Any body: only JSON is accepted; an edited body says what the edit asked for; what was decoded is
// written as a body that decodes again, and from then on nothing changes any more.
#include <cstdlib>
#include <string>

#include "llm/anthropic/blocks.h"
#include "llm/anthropic/request_decode.h"
#include "llm/anthropic/request_encode.h"
#include "llm/anthropic/request_scan.h"

namespace {

namespace anthropic = headgate::llm::anthropic;
namespace chat = headgate::llm::chat;

void require(bool holds) {
  if (!holds) std::abort();
}

void check_edits(std::string_view body) {
  const auto head = anthropic::scan_request(body);
  if (!head) return;
  require(headgate::base::json::valid(body));
  chat::Edits edits;
  edits.model = "up\"stream";
  edits.mark_cache = true;
  const auto edited = anthropic::edit_request(body, *head, edits);
  if (!edited) return;
  const auto after = anthropic::scan_request(*edited);
  require(after.has_value());
  require(after->model == *edits.model && after->has_cache_marks && after->cuts.empty());
  require(after->stream == head->stream && after->user == head->user);
  require(after->output_tokens_max == head->output_tokens_max);
  require(!anthropic::edit_request(*edited, *after, edits));
}

void check_translation(std::string_view body, std::string_view version) {
  const chat::Source source{.api_version = version};
  const auto request = anthropic::decode_request(body, source);
  if (!request) return;
  require(headgate::base::json::valid(body));
  const auto again = [&](const chat::Request& of) {
    chat::Losses losses;
    const chat::Target target{.model = of.model, .api_version = version};
    const std::string encoded = anthropic::encode_request(of, target, losses);
    require(headgate::base::json::valid(encoded));
    auto decoded = anthropic::decode_request(encoded, source);
    require(decoded.has_value());
    return *std::move(decoded);
  };
  const chat::Request normal = again(*request);
  require(again(normal) == normal);
  // As a request of another dialect it loses more, and is still one.
  chat::Request foreign = *request;
  foreign.origin = chat::Dialect::gemini;
  again(foreign);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  check_edits(body);
  check_translation(body, "2023-06-01");
  check_translation(body, anthropic::kVersion2026);
  return 0;
}
