#include "llm/chat/loss_names.h"

#include <gtest/gtest.h>

namespace headgate::llm::chat {
namespace {

Request conversation(Dialect origin) {
  Request request;
  request.origin = origin;
  for (const Role role : {Role::system, Role::developer, Role::user, Role::system}) {
    request.messages.emplace_back().role = role;
  }
  return request;
}

TEST(loss_names, fields_in_the_words_of_the_origin) {
  EXPECT_EQ(name(Field::candidates, Dialect::openai_chat), "n");
  EXPECT_EQ(name(Field::candidates, Dialect::gemini), "generationConfig.candidateCount");
  EXPECT_EQ(name(Field::format, Dialect::openai_responses), "text.format");
  EXPECT_EQ(name(Field::tool_choice, Dialect::anthropic), "tool_choice");
}

TEST(loss_names, places_in_a_conversation) {
  const Request chat = conversation(Dialect::openai_chat);
  EXPECT_EQ(leading_instructions(chat), 2U);
  EXPECT_EQ(message_name(chat, 2), "messages[2]");
  EXPECT_EQ(part_name(chat, 0, 1), "messages[0].content[1]");
  EXPECT_EQ(part_name(conversation(Dialect::openai_responses), 2, 0), "input[0].content[0]");
  EXPECT_EQ(part_name(conversation(Dialect::gemini), 2, 1), "contents[0].parts[1]");
  EXPECT_EQ(part_name(conversation(Dialect::gemini), 0, 1), "systemInstruction.parts[1]");
  EXPECT_EQ(part_name(conversation(Dialect::anthropic), 0, 1), "system[1]");
  EXPECT_EQ(part_name(conversation(Dialect::anthropic), 3, 0), "messages[1].content[0]");
}

TEST(loss_names, unknown_members) {
  EXPECT_TRUE(says_nothing({"logit_bias", "null"}));
  EXPECT_TRUE(says_nothing({"annotations", "[]"}));
  EXPECT_FALSE(says_nothing({"logit_bias", R"({"1":2})"}));
  EXPECT_EQ(weight_of({"prompt_cache_options", "{}"}), Loss::Weight::hint);
  EXPECT_EQ(weight_of({"logit_bias", R"({"1":2})"}), Loss::Weight::meaning);
}

}  // namespace
}  // namespace headgate::llm::chat
