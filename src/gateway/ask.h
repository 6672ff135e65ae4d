// What a client asks, as its endpoint hands it to the pipeline. Lives in the endpoint's frame;
// views point into the exchange.
#pragma once

#include <cstdint>
#include <string_view>

#include "http/message.h"
#include "llm/chat/codec.h"

namespace headgate::gateway {

enum class Operation : std::uint8_t { chat, count_tokens, embeddings, moderations };
/// "chat", "count_tokens" …: the name of the request's span.
std::string_view name(Operation operation);

struct Ask {
  llm::chat::Dialect dialect = llm::chat::Dialect::openai_chat;
  Operation operation = Operation::chat;
  llm::chat::Source source;  // what the URL and the headers say
  const http::Headers& headers;
  std::string_view body;
  std::string_view queued_id;  // of a call that was queued and is made now; empty: it is not one
};

}  // namespace headgate::gateway
