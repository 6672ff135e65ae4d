#include "agents/mcp_wire/event_reader.h"

namespace headgate::agents::mcp {

using base::Task;

Task<std::optional<std::string_view>> EventReader::next() {
  while (true) {
    while (fed_) {
      http::SseBlock block;
      const auto found = parser_.next(block);
      if (!found) co_return found.error();
      if (!*found) {
        fed_ = false;
        break;
      }
      if (!block.id.empty()) last_id_ = block.id;
      if (block.retry_ms) retry_ms_ = block.retry_ms;
      if (block.has_data && !block.data.empty()) co_return std::optional(block.data);
    }
    const auto piece = connection_.take();
    if (!piece) co_return piece.error();
    if (!piece->empty()) {
      parser_.feed(*piece);
      fed_ = true;
      continue;
    }
    if (connection_.done()) co_return std::optional<std::string_view>();
    auto more = co_await connection_.more();
    if (!more) co_return more.error();
  }
}

}  // namespace headgate::agents::mcp
