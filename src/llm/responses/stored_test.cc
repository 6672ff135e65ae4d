#include "llm/responses/stored.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "llm/responses/request_decode.h"

namespace headgate::llm::responses {
namespace {

using chat::Part;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kResponse =
    R"({"id":"resp_1","object":"response","output":[)"
    R"({"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"enc"},)"
    R"({"type":"function_call","id":"fc_1","call_id":"c","name":"f","arguments":"{}",)"
    R"("status":"completed"},)"
    R"({"type":"function_call","id":"fc_2","call_id":"d","name":"f","arguments":"{",)"
    R"("status":"incomplete"}]})";

std::string entry(std::string_view request, std::string_view response) {
  const auto made = stored_entry(request, response);
  EXPECT_TRUE(made.has_value()) << (made ? "" : made.error().detail);
  return made ? *made : std::string();
}

std::string first() {
  return entry(R"({"model":"m","instructions":"brief","input":"what \" is"})", kResponse);
}

std::string second() {
  return entry(R"({"model":"m","previous_response_id":"resp_1","input":[)"
               R"({"type":"function_call_output","call_id":"c","output":"ok"},)"
               R"({"role":"assistant","content":"so","created_by":"x"},{"id":"ref"},)"
               R"({"type":"reasoning","summary":[]}]})",
               R"({"id":"resp_2","output":[{"type":"message","id":"msg_2","role":"assistant",)"
               R"("content":[{"type":"output_text","text":"done"}]}]})");
}

TEST(responses_stored, an_entry_has_an_id_for_every_item) {
  EXPECT_EQ(first(), R"({"response":)" + std::string(kResponse) +
                         R"(,"input_items":[{"id":"msg_hg_1_in0","type":"message",)"
                         R"("status":"completed","role":"user","content":[{"type":"input_text",)"
                         R"("text":"what \" is"}]}],"previous_response_id":null})");
  const std::string entry = second();
  const auto stored = read_stored(entry);
  ASSERT_TRUE(stored.has_value());
  EXPECT_EQ(stored->id, "resp_2");
  EXPECT_EQ(stored->previous, "resp_1");
  EXPECT_EQ(stored->input_items,
            R"([{"id":"fco_hg_2_in0","type":"function_call_output","status":"completed",)"
            R"("call_id":"c","output":"ok"},{"id":"msg_hg_2_in1","type":"message",)"
            R"("status":"completed","role":"assistant","content":[{"type":"output_text",)"
            R"("text":"so","annotations":[]}]},{"id":"ref","type":"item_reference"},)"
            R"({"id":"rs_hg_2_in3","type":"reasoning","summary":[]}])");
}

TEST(responses_stored, a_follow_up_has_everything_before_it) {
  const std::string one = first();
  const std::string two = second();
  const std::string_view chain[] = {one, two};
  const auto own = decode_request(
      R"({"model":"m","instructions":"new","previous_response_id":"resp_2","input":"go on"})", {});
  const auto whole = continued(*own, chain);
  ASSERT_TRUE(whole.has_value()) << whole.error().detail;
  EXPECT_TRUE(whole->previous_response_id.empty());
  std::vector<std::string> roles;
  for (const chat::Message& message : whole->messages) roles.emplace_back(name(message.role));
  EXPECT_THAT(roles,
              testing::ElementsAre("system", "user", "assistant", "tool", "assistant", "user"));
  EXPECT_EQ(whole->messages[0].parts[0], chat::text_part("new"));
  const std::vector<Part>& turn = whole->messages[2].parts;
  ASSERT_EQ(turn.size(), 2U);  // the call that was cut off is not there
  EXPECT_EQ(turn[0].as<chat::Reasoning>()->signature.value, "enc");
  EXPECT_EQ(turn[1].as<chat::ToolCall>()->id, "c");
  EXPECT_EQ(whole->messages[3].parts[0].as<chat::ToolResult>()->name, "f");
}

TEST(responses_stored, a_result_learns_the_name_of_the_call_before) {
  const std::string one = first();
  const std::string_view chain[] = {one};
  const auto own =
      decode_request(R"({"model":"m","previous_response_id":"resp_1","input":[)"
                     R"({"type":"function_call_output","call_id":"c","output":"ok"}]})",
                     {});
  const auto whole = continued(*own, chain);
  EXPECT_EQ(whole->messages.back().parts[0].as<chat::ToolResult>()->name, "f");
}

TEST(responses_stored, a_translated_call_keeps_its_signatures) {
  chat::Request request;
  request.origin = chat::Dialect::openai_responses;
  request.model = "m";
  request.messages = {{chat::Role::user, {chat::text_part("hi")}, {}, {}}};
  request.previous_response_id = "resp_0";
  chat::Answer answer;
  answer.origin = chat::Dialect::anthropic;
  answer.id = "msg_1";
  Part thought;
  thought.value = chat::Reasoning{.text = "t", .signature = {chat::Dialect::anthropic, "sig"}};
  answer.candidates.emplace_back().parts = {thought};
  answer.candidates[0].stop = chat::StopReason::stop;
  const auto made = stored_entry(answer, {.request = &request, .id = "resp_9"});
  ASSERT_TRUE(made.has_value());
  const auto stored = read_stored(*made);
  EXPECT_EQ(stored->id, "resp_9");
  EXPECT_EQ(stored->previous, "resp_0");
  EXPECT_THAT(std::string(stored->response), HasSubstr("headgate:anthropic:sig"));
  const std::string_view chain[] = {*made};
  const auto items = stored_items(chain);
  const auto messages = decode_items(*items);
  ASSERT_EQ(messages->size(), 2U);
  EXPECT_EQ((*messages)[1].parts[0].as<chat::Reasoning>()->signature,
            (chat::Signature{chat::Dialect::anthropic, "sig"}));
}

TEST(responses_stored, lists_of_input_items) {
  const std::string one = first();
  const std::string two = second();
  const std::string_view chain[] = {one, two};
  const auto ids = [&](const ListQuery& query) {
    const auto body = input_items_body(chain, query);
    EXPECT_TRUE(body.has_value());
    std::string out;
    base::json::Cursor cursor(*body);
    std::string_view key;
    cursor.enter_object();
    while (cursor.next_key(key)) {
      if (key == "first_id" || key == "last_id") {
        base::json::Text text;
        cursor.string(text);
        out += text.decode() + " ";
      } else if (key == "has_more") {
        cursor.skip();
        out += cursor.value_text();
      }
    }
    return out;
  };
  EXPECT_EQ(ids({.ascending = true}), "msg_hg_1_in0 rs_hg_2_in3 false");
  EXPECT_EQ(ids({}), "rs_hg_2_in3 msg_hg_1_in0 false");
  EXPECT_EQ(ids({.ascending = true, .limit = 2}), "msg_hg_1_in0 rs_1 true");
  EXPECT_EQ(ids({.ascending = true, .after = "rs_1", .limit = 2}), "fc_1 fco_hg_2_in0 true");
  EXPECT_EQ(ids({.after = "msg_hg_1_in0"}), "  false");
  EXPECT_EQ(ids({.limit = 0}), "rs_hg_2_in3 rs_hg_2_in3 true");
  EXPECT_EQ(input_items_body(chain, {.after = "nobody"}).error().param, "after");
  const std::string_view last[] = {two};
  EXPECT_THAT(*input_items_body(last, {}), Not(HasSubstr("msg_hg_1")));
}

TEST(responses_stored, what_is_broken_says_so) {
  EXPECT_EQ(stored_entry("{", kResponse).error().code, base::Errc::invalid_json);
  EXPECT_EQ(stored_entry(R"({"input":[7]})", kResponse).error().code, base::Errc::invalid_json);
  EXPECT_EQ(stored_entry("{}", "[]").error().code, base::Errc::upstream_malformed);
  for (const std::string_view entry :
       {"", "{}", R"({"response":{}})", R"({"response":7,"input_items":[]})",
        R"({"response":{},"input_items":[])"}) {
    EXPECT_EQ(read_stored(entry).error().code, base::Errc::storage_failed) << entry;
  }
  const std::string_view chain[] = {R"({"response":{},"input_items":7})"};
  EXPECT_FALSE(stored_items(chain).has_value());
}

TEST(responses_stored, nothing_before_is_nothing_changed) {
  EXPECT_EQ(*stored_items({}), "[]");
  EXPECT_EQ(deleted_body("resp_1"), R"({"id":"resp_1","object":"response","deleted":true})");
}

}  // namespace
}  // namespace headgate::llm::responses
