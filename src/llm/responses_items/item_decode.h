// One item of a Responses input or output to parts of the neutral model. Whoever decodes a request
// or an answer walks the array and joins what comes out (README.md says how).
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "llm/chat/request.h"
#include "llm/responses_items/reading.h"

namespace headgate::llm::responses {

struct Item {
  chat::Role role = chat::Role::assistant;  // tool: outputs of calls
  bool is_message = false;                  // of any role, not an item of another kind
  std::vector<chat::Part> parts;
  chat::Extras extras;  // of a message that is not the assistant's
};

/// Reads the item that is next. Errors: an item of a known type that lacks what it cannot do
/// without.
bool decode_item(Reading& reading, Item& item);

/// The name of the newest call with this id; empty where there is none.
std::string_view called_name(std::span<const chat::Message> messages, std::string_view call_id);

}  // namespace headgate::llm::responses
