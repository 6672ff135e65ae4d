// Any body: what decodes is encoded as JSON and decodes again to the same request, for the dialect
// itself; what scans can be edited and continued, and says then what the edit asked for.
#include <algorithm>
#include <cstdlib>
#include <string>

#include "llm/responses/request_decode.h"
#include "llm/responses/request_encode.h"
#include "llm/responses/request_scan.h"
#include "llm/responses_items/item_encode.h"

namespace {

namespace chat = headgate::llm::chat;
namespace responses = headgate::llm::responses;

void sort_extras(chat::Extras& extras) {
  std::stable_sort(extras.begin(), extras.end(),
                   [](const auto& a, const auto& b) { return a.name < b.name; });
}

// Ids that look like those that we make are not sent.
void forget_made_ids(chat::Request& request) {
  for (chat::Message& message : request.messages) {
    for (chat::Part& part : message.parts) {
      if (responses::is_made_id(part.item_id)) part.item_id.clear();
      auto* reasoning = part.as<chat::Reasoning>();
      if (reasoning != nullptr && responses::is_made_id(reasoning->id)) reasoning->id.clear();
    }
  }
}

void check_scan(std::string_view body) {
  const auto head = responses::scan_request(body);
  if (!head) return;
  const chat::Edits edits{.model = "up\"stream", .cache_key = "k"};
  const auto edited = responses::edit_request(body, *head, edits);
  const std::string text = edited.value_or(std::string(body));
  const auto after = responses::scan_request(text);
  if (!after || after->model != *edits.model || after->cache_key.empty()) std::abort();
  if (after->prompt != head->prompt || after->store != head->store) std::abort();
  const std::string joined =
      responses::replace_previous(body, *head, R"([{"type":"item_reference","id":"a"}])");
  const auto follow_up = responses::scan_request(joined);
  if (!follow_up || !follow_up->previous_response_id.empty()) std::abort();
  if (follow_up->messages_count != head->messages_count + 1) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  check_scan(body);
  auto request = responses::decode_request(body, {});
  if (!request) return 0;
  chat::Losses losses;
  const std::string encoded = responses::encode_request(*request, {}, losses);
  if (!headgate::base::json::valid(encoded, 1024)) std::abort();
  auto again = responses::decode_request(encoded, {}, {.depth_max = 256});
  if (!again) std::abort();
  if (losses.empty()) {
    forget_made_ids(*request);
    sort_extras(request->extras);
    sort_extras(again->extras);
    if (!(*again == *request)) std::abort();
  }
  request->origin = chat::Dialect::anthropic;
  if (!headgate::base::json::valid(responses::encode_request(*request, {}, losses), 1024)) {
    std::abort();
  }
  return 0;
}
