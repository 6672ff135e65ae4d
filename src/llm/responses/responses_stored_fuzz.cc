// Any text as an entry, as a request body and as a response: nothing crashes, and an entry that was
// made can be read, listed and continued.
#include <cstdlib>
#include <string>

#include "llm/responses/stored.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace responses = headgate::llm::responses;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::string_view first = text.substr(0, text.find('\n'));
  const std::string_view second = text.substr(std::min(first.size() + 1, text.size()));
  const std::string_view raw[] = {text};
  (void)responses::input_items_body(raw, {.after = "a"});
  (void)responses::continued({}, raw);
  const auto entry = responses::stored_entry(first, second);
  if (!entry) return 0;
  const std::string_view chain[] = {*entry, *entry};
  const auto stored = responses::read_stored(*entry);
  const auto items = responses::stored_items(chain);
  const auto list = responses::input_items_body(chain, {.ascending = true, .limit = 3});
  if (!stored || !items || !list) std::abort();
  using headgate::base::json::valid;
  if (!valid(*items, 1024) || !valid(*list, 1024) || !valid(stored->response, 1024)) std::abort();
  (void)responses::continued({}, chain);
  return 0;
}
