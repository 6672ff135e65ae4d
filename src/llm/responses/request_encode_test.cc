#include "llm/responses/request_encode.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace headgate::llm::responses {
namespace {

using chat::Dialect;
using chat::Loss;
using chat::Part;
using chat::Role;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using Weight = chat::Loss::Weight;

// A user's text, of another dialect.
chat::Request asking(Dialect origin = Dialect::openai_chat) {
  chat::Request request;
  request.origin = origin;
  request.model = "m";
  request.messages.push_back({Role::user, {chat::text_part("hi")}, {}, {}});
  return request;
}

std::string encode(const chat::Request& request, chat::Losses* losses = nullptr) {
  chat::Losses own;
  return encode_request(request, {.model = "up"}, losses != nullptr ? *losses : own);
}

std::vector<std::string> lost(const chat::Request& request, Weight weight) {
  chat::Losses losses;
  encode(request, &losses);
  std::vector<std::string> fields;
  for (const Loss& loss : losses) {
    if (loss.weight == weight) fields.push_back(loss.field);
  }
  return fields;
}

template <class Value>
Part part(Value value) {
  Part out;
  out.value = std::move(value);
  return out;
}

TEST(responses_request_encode, a_foreign_request_is_not_stored_and_its_tools_are_not_strict) {
  chat::Request request = asking();
  request.messages.insert(request.messages.begin(),
                          {Role::system, {chat::text_part("brief")}, {}, {}});
  request.tools.push_back({.name = "f", .schema = "{\"a\":1.0}"});
  EXPECT_EQ(encode(request),
            R"({"model":"up","instructions":"brief",)"
            R"("input":[{"type":"message","role":"user","content":"hi"}],)"
            R"("tools":[{"type":"function","name":"f","parameters":{"a":1.0},"strict":false}],)"
            R"("store":false})");
}

TEST(responses_request_encode, reasoning_of_a_foreign_request_comes_back_encrypted) {
  chat::Request request = asking(Dialect::anthropic);
  request.reasoning.emplace().budget_tokens = 10'000;
  request.reasoning->show = true;
  const std::string body = encode(request);
  EXPECT_THAT(body, HasSubstr(R"("reasoning":{"effort":"medium","summary":"auto"})"));
  EXPECT_THAT(body, HasSubstr(R"("include":["reasoning.encrypted_content"])"));
  request.reasoning->budget_tokens = 0;
  request.reasoning->show.reset();
  EXPECT_THAT(encode(request), HasSubstr(R"("reasoning":{"effort":"none"})"));
  EXPECT_THAT(encode(request), Not(HasSubstr("encrypted")));
}

TEST(responses_request_encode, instructions_that_are_all_there_is_are_the_input) {
  chat::Request request = asking();
  request.messages[0].role = Role::system;
  EXPECT_THAT(encode(request),
              HasSubstr(R"("input":[{"type":"message","role":"system","content":"hi"}])"));
}

TEST(responses_request_encode, a_turn_of_another_dialect) {
  chat::Request request = asking();
  Part call = part(chat::ToolCall{.id = "c", .name = "f", .arguments = "{ }"});
  call.extras.push_back({"index", "0"});
  request.messages.push_back({Role::assistant, {chat::text_part("so"), call}, {}, {}});
  chat::ToolResult result{.call_id = "c", .name = "f", .content = {chat::text_part("ok")}};
  request.messages.push_back({Role::tool, {part(result)}, {}, {}});
  EXPECT_THAT(encode(request),
              HasSubstr(R"({"type":"message","role":"assistant","content":"so"},)"
                        R"({"type":"function_call","arguments":"{ }","call_id":"c","name":"f"},)"
                        R"({"type":"function_call_output","call_id":"c","output":"ok"}])"));
  EXPECT_THAT(lost(request, Weight::hint), ElementsAre("messages[1].content[1].index"));
}

TEST(responses_request_encode, only_its_own_reasoning_goes_back) {
  chat::Request request = asking(Dialect::anthropic);
  const chat::Reasoning foreign{.text = "t", .signature = {Dialect::anthropic, "sig"}};
  const chat::Reasoning own{
      .text = "t", .is_summary = true, .signature = {Dialect::openai_responses, "enc"}};
  request.messages.push_back({Role::assistant, {part(foreign), part(own)}, {}, {}});
  const std::string body = encode(request);
  EXPECT_THAT(body, Not(HasSubstr("sig")));
  EXPECT_THAT(body, HasSubstr(R"({"type":"reasoning","summary":[{"type":"summary_text",)"
                              R"("text":"t"}],"encrypted_content":"enc"})"));
  EXPECT_THAT(body, HasSubstr(R"("include":["reasoning.encrypted_content"])"));
  EXPECT_THAT(lost(request, Weight::hint), ElementsAre("messages[1].content[0]"));
}

TEST(responses_request_encode, ids_that_we_made_are_not_sent) {
  chat::Request request = asking(Dialect::openai_responses);
  Part text = chat::text_part("x");
  text.item_id = "msg_hg_1_0";
  Part thought = part(chat::Reasoning{.text = "t", .is_summary = true, .id = "rs_hg_1_1"});
  Part call = part(chat::ToolCall{.id = "c", .name = "f", .arguments = "{}"});
  call.item_id = "fc_1";
  request.messages.push_back({Role::assistant, {thought, text, call}, {}, {}});
  const std::string body = encode(request);
  EXPECT_THAT(body, Not(HasSubstr("_hg_")));
  EXPECT_THAT(body, Not(HasSubstr("reasoning")));
  EXPECT_THAT(body, HasSubstr(R"("id":"fc_1")"));
}

TEST(responses_request_encode, marks_become_breakpoints_and_the_last_four_are_kept) {
  chat::Request request = asking(Dialect::anthropic);
  request.messages[0].parts.clear();
  for (const std::string_view ttl : {"", "5m", "1h", "12h", "30m"}) {
    Part marked = chat::text_part("x");
    marked.cache = chat::CacheMark{std::string(ttl)};
    request.messages[0].parts.push_back(marked);
  }
  const std::string body = encode(request);
  EXPECT_THAT(
      body,
      HasSubstr(R"([{"type":"input_text","text":"x"},)"
                R"({"type":"input_text","text":"x","prompt_cache_breakpoint":{"mode":"explicit"}},)"
                R"({"type":"input_text","text":"x","prompt_cache_breakpoint":{"mode":"explicit",)"
                R"("ttl":"12h"}},)"));
  EXPECT_THAT(body, HasSubstr(R"("ttl":"30m"}}]})"));
  EXPECT_THAT(lost(request, Weight::hint), ElementsAre("messages[0].content[0].cache"));
}

TEST(responses_request_encode, media) {
  using chat::Media;
  using chat::MediaKind;
  chat::Request request = asking(Dialect::gemini);
  request.messages[0].parts = {
      part(Media{MediaKind::image, "image/png", "QUJD"}),
      part(Media{.kind = MediaKind::document, .mime = "application/pdf", .data = "QUJD"}),
      part(Media{.kind = MediaKind::audio, .mime = "audio/mpeg", .data = "QUJD"}),
      part(Media{.kind = MediaKind::audio, .mime = "audio/flac", .data = "QUJD"}),
      part(Media{.kind = MediaKind::video, .mime = "video/mp4", .data = "QUJD"}),
      part(Media{.file_id = "files/1"})};
  const std::string body = encode(request);
  EXPECT_THAT(
      body,
      HasSubstr(
          R"({"type":"input_image","image_url":"data:image/png;base64,QUJD","detail":"auto"})"));
  EXPECT_THAT(body,
              HasSubstr(R"({"type":"input_file","file_data":"data:application/pdf;base64,QUJD",)"
                        R"("filename":"document.pdf"})"));
  EXPECT_THAT(body,
              HasSubstr(R"({"type":"input_audio","input_audio":{"data":"QUJD","format":"mp3"}})"));
  EXPECT_THAT(lost(request, Weight::meaning),
              ElementsAre("contents[0].parts[3]", "contents[0].parts[4]", "contents[0].parts[5]"));
}

TEST(responses_request_encode, what_it_cannot_say_is_lost_by_name) {
  chat::Request request = asking(Dialect::gemini);
  request.stop = {"x"};
  request.top_k = "40";
  request.presence_penalty = "1";
  request.frequency_penalty = "1";
  request.seed = "7";
  request.candidates = 2;
  request.tools.push_back({.kind = chat::ToolKind::builtin, .name = "googleSearch"});
  request.extras = {{"safetySettings", "[1]"}, {"labels", "{\"a\":1}"}, {"nothing", "null"}};
  EXPECT_THAT(lost(request, Weight::meaning),
              ElementsAre("tools[0]", "generationConfig.stopSequences", "generationConfig.topK",
                          "generationConfig.presencePenalty", "generationConfig.frequencyPenalty",
                          "generationConfig.candidateCount", "safetySettings"));
  EXPECT_THAT(lost(request, Weight::hint), ElementsAre("generationConfig.seed", "labels"));
}

TEST(responses_request_encode, rules_of_the_provider_are_met) {
  chat::Request request = asking(Dialect::anthropic);
  request.output_tokens_max = 1;
  request.service_tier = "standard_only";
  request.user = std::string(200, 'u');
  const std::string body = encode(request);
  EXPECT_THAT(body, HasSubstr(R"("max_output_tokens":16)"));
  EXPECT_THAT(body, HasSubstr(R"("service_tier":"default")"));
  EXPECT_THAT(body, Not(HasSubstr("safety_identifier")));
  EXPECT_THAT(lost(request, Weight::hint), ElementsAre("max_tokens", "metadata.user_id"));
}

TEST(responses_request_encode, what_chat_calls_the_same_passes) {
  chat::Request request = asking();
  request.extras = {{"verbosity", "\"low\""}, {"prompt_cache_options", "{\"ttl\":\"30m\"}"}};
  request.logprobs = true;
  request.top_logprobs = 2;
  request.user = "u";
  chat::Tool grammar{.kind = chat::ToolKind::custom, .name = "c"};
  grammar.format = R"({"type":"grammar","grammar":{"syntax":"lark","definition":"x"}})";
  request.tools.push_back(grammar);
  chat::Losses losses;
  const std::string body = encode(request, &losses);
  EXPECT_TRUE(losses.empty());
  EXPECT_THAT(body, HasSubstr(R"("text":{"verbosity":"low"})"));
  EXPECT_THAT(body, HasSubstr(R"("prompt_cache_options":{"ttl":"30m"})"));
  EXPECT_THAT(body, HasSubstr(R"("include":["message.output_text.logprobs"])"));
  EXPECT_THAT(body, HasSubstr(R"("format":{"type":"grammar","syntax":"lark","definition":"x"})"));
  EXPECT_THAT(body, HasSubstr(R"("safety_identifier":"u")"));
}

}  // namespace
}  // namespace headgate::llm::responses
