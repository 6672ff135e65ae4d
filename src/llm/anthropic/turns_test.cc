// Conversations of other dialects, in any order, become turns that the provider takes.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <vector>

#include "base/json/members.h"
#include "llm/anthropic/blocks.h"
#include "llm/anthropic/request_decode.h"
#include "llm/anthropic/request_encode.h"
#include "llm/anthropic/specimen_test.h"

namespace headgate::llm::anthropic {
namespace {

using chat::Part;
using chat::Request;
using chat::Role;
using chat::text_part;

Part any_tool_call() {
  return {chat::ToolCall{any_id(), "f", any_text(), any_chance(), {}}, {}, {}};
}

Part any_tool_result() {
  chat::ToolResult result;
  result.call_id = any_id();
  result.content.push_back(text_part(any_text()));
  return {result, {}, {}};
}

// Anything in any order.
chat::Message any_message() {
  chat::Message made;
  made.role =
      *rc::gen::element(Role::system, Role::developer, Role::user, Role::assistant, Role::tool);
  MarkBudget marks;
  for (int i = 0, n = *rc::gen::inRange(0, 4); i < n; ++i) {
    switch (*rc::gen::inRange(0, 7)) {
      case 0: made.parts.push_back(any_media(marks)); break;
      case 1: made.parts.push_back(any_provider_thoughts()); break;
      case 2: made.parts.push_back(any_tool_call()); break;
      case 3: made.parts.push_back(any_tool_result()); break;
      case 4: made.parts.push_back(text_part(*rc::gen::element<std::string>("", " ", "\n"))); break;
      case 5: made.parts.push_back({chat::Refusal{any_text()}, {}, {}}); break;
      default: made.parts.push_back(any_text_part(marks, true)); break;
    }
  }
  return made;
}

struct Turn {
  std::string role;
  std::vector<std::string> types;
};

std::vector<Turn> turns_of(const std::string& body) {
  using base::json::Cursor;
  std::vector<Turn> turns;
  Cursor cursor(body);
  base::json::Members request;
  RC_ASSERT(request.read(cursor, body));
  const std::string_view messages = request.take("messages")->raw;
  Cursor list(messages);
  list.enter_array();
  while (list.next_element()) {
    base::json::Members message_members;
    RC_ASSERT(message_members.read(list, messages));
    Turn& turn = turns.emplace_back();
    turn.role = *message_members.take_string("role");
    const std::string_view content = message_members.take("content")->raw;
    Cursor blocks(content);
    blocks.enter_array();
    while (blocks.next_element()) {
      base::json::Members block;
      RC_ASSERT(block.read(blocks, content));
      turn.types.push_back(*block.take_string("type"));
    }
  }
  return turns;
}

RC_GTEST_PROP(anthropic_turns, every_conversation_becomes_one_that_is_taken, ()) {
  Request r;
  r.origin = *rc::gen::element(chat::Dialect::openai_chat, chat::Dialect::openai_responses,
                               chat::Dialect::gemini);
  for (int i = 0, n = *rc::gen::inRange(0, 8); i < n; ++i) r.messages.push_back(any_message());
  chat::Losses losses;
  const std::string body = encode_request(r, {.model = "m", .api_version = kVersion2026}, losses);
  RC_LOG() << body;
  RC_ASSERT(decode_request(body, {.api_version = kVersion2026}).has_value());
  const std::vector<Turn> turns = turns_of(body);
  RC_ASSERT(!turns.empty() && turns[0].role == "user");
  for (std::size_t i = 0; i < turns.size(); ++i) {
    RC_ASSERT(!turns[i].types.empty());
    if (i > 0) RC_ASSERT(turns[i].role != turns[i - 1].role);
    // Behind the user, and at the end or before the model.
    if (i > 0 && turns[i].role == "system") RC_ASSERT(turns[i - 1].role == "user");
    bool others = false;
    for (const std::string& type : turns[i].types) {
      const bool is_result = type == "tool_result";
      RC_ASSERT(!(is_result && others));
      others = others || !is_result;
    }
  }
}

}  // namespace
}  // namespace headgate::llm::anthropic
