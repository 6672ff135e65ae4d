// Any body: no crash, a request only from JSON; what is encoded of it is JSON, decodes again, and
// then stays as it is. A scan and a decode agree on the model.
#include <cstdlib>

#include "llm/gemini/request_decode.h"
#include "llm/gemini/request_encode.h"
#include "llm/gemini/request_scan.h"

namespace {

namespace gemini = headgate::llm::gemini;
namespace chat = headgate::llm::chat;

constexpr chat::Source kSource{.model = "gemini-3-flash"};
const chat::Limits kLimits{.depth_max = 64, .messages_max = 64, .parts_max = 64, .tools_max = 64};
const chat::Limits kWide{};

void require(bool holds) {
  if (!holds) std::abort();
}

// As a request that came in another dialect: everything is said or lost, and the body is JSON.
void encode_for_another(chat::Request request) {
  for (const auto origin : {chat::Dialect::openai_chat, chat::Dialect::anthropic}) {
    for (const std::string_view model : {"gemini-2.5-pro", "gemini-3-flash", "gemma-3"}) {
      request.origin = origin;
      chat::Losses losses;
      const std::string body = gemini::encode_request(request, {.model = model}, losses);
      require(gemini::decode_request(body, {.model = model}, kWide).has_value());
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  const auto head = gemini::scan_request(body, kSource, kLimits);
  if (head) {
    require(headgate::base::json::valid(body));
    chat::Edits edits;
    edits.model = "up\"";
    const auto edited = gemini::edit_request(body, *head, edits);
    if (edited) require(gemini::scan_request(*edited, {.model = "up\""}, kLimits).has_value());
  }
  auto request = gemini::decode_request(body, kSource, kLimits);
  if (!request) return 0;
  require(headgate::base::json::valid(body));
  chat::Losses losses;
  const chat::Target target{.model = kSource.model};
  const std::string once = gemini::encode_request(*request, target, losses);
  const auto again = gemini::decode_request(once, kSource, kWide);
  require(again.has_value());
  require(again->model == request->model && again->tools.size() == request->tools.size());
  const std::string twice = gemini::encode_request(*again, target, losses);
  const auto third = gemini::decode_request(twice, kSource, kWide);
  require(third.has_value() && *third == *again);
  encode_for_another(*std::move(request));
  return 0;
}
