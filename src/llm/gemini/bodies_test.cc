#include "llm/gemini/bodies.h"

#include <gtest/gtest.h>

namespace headgate::llm::gemini {
namespace {

using base::Errc;

constexpr chat::Source kSource{.model = "gemini-3-flash", .stream = false};

TEST(gemini_bodies, what_is_to_be_counted) {
  const auto plain =
      decode_count_request(R"({"contents":[{"parts":[{"text":"hi"}]}]})", kSource, {});
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->messages[0].parts, std::vector{chat::text_part("hi")});
  const auto whole = decode_count_request(
      R"({"generate_content_request":{"model":"models/gemini-3-flash","contents":[{"parts":[)"
      R"({"text":"hi"}]}],"systemInstruction":{"parts":[{"text":"s"}]}}})",
      kSource, {});
  ASSERT_TRUE(whole);
  EXPECT_EQ(whole->messages.size(), 2U);
  const auto wrong = decode_count_request(
      R"({"generateContentRequest":{"contents":[{"role":"x"}]}})", kSource, {});
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().param, "generateContentRequest.contents[0].role");
  EXPECT_EQ(decode_count_request("{", kSource, {}).error().code, Errc::invalid_json);
  EXPECT_EQ(decode_count_request("{}", kSource, {}).error().code, Errc::invalid_request);
}

TEST(gemini_bodies, a_count_asks_for_everything) {
  chat::Request request;
  request.messages.push_back({chat::Role::user, {chat::text_part("hi")}, {}, {}});
  chat::Losses losses;
  const std::string body = encode_count_request(request, {.model = "models/m"}, losses);
  EXPECT_EQ(body, R"({"generateContentRequest":{"model":"models/m","contents":[{"role":"user",)"
                  R"("parts":[{"text":"hi"}]}]}})");
  const auto again = decode_count_request(body, {.model = "m"}, {});
  ASSERT_TRUE(again);
  EXPECT_EQ(again->messages, request.messages);
}

TEST(gemini_bodies, counts) {
  const auto count = decode_token_count(
      R"({"totalTokens":31,"cachedContentTokenCount":7,"promptTokensDetails":[{"a":1}]})");
  ASSERT_TRUE(count);
  EXPECT_EQ(count->total, 31);
  EXPECT_EQ(count->cached, 7);
  EXPECT_EQ(encode_token_count(*count), R"({"totalTokens":31,"cachedContentTokenCount":7})");
  EXPECT_EQ(encode_token_count({.total = 0}), R"({"totalTokens":0})");
  for (const std::string_view body :
       {"", "{}", "[]", R"({"totalTokens":-1})", R"({"totalTokens":"many"})",
        R"({"totalTokens":1,"cachedContentTokenCount":2})"}) {
    const auto wrong = decode_token_count(body);
    ASSERT_FALSE(wrong) << body;
    EXPECT_EQ(wrong.error().code, Errc::upstream_malformed) << body;
  }
  EXPECT_EQ(decode_token_count(R"({"error":{"code":404,"message":"no model"}})").error().code,
            Errc::upstream_status);
}

TEST(gemini_bodies, models) {
  const ModelEntry fast{
      .id = "fast", .display_name = "Fast", .input_tokens_max = 1000, .output_tokens_max = 100};
  const ModelEntry embedder{.id = "e\"", .description = "d", .embeds = true};
  const std::string first =
      R"({"name":"models/fast","baseModelId":"fast","version":"001","displayName":"Fast",)"
      R"("inputTokenLimit":1000,"outputTokenLimit":100,"supportedGenerationMethods":)"
      R"(["generateContent","streamGenerateContent","countTokens"]})";
  EXPECT_EQ(model_body(fast), first);
  const std::vector<ModelEntry> both = {fast, embedder};
  EXPECT_EQ(models_body(both, "next"),
            R"({"models":[)" + first +
                R"(,{"name":"models/e\"","baseModelId":"e\"","version":"001",)"
                R"("displayName":"e\"","description":"d","supportedGenerationMethods":)"
                R"(["embedContent","batchEmbedContents"]}],"nextPageToken":"next"})");
  EXPECT_EQ(models_body({}), R"({"models":[]})");
}

}  // namespace
}  // namespace headgate::llm::gemini
