#include "llm/openai/chat_usage.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <vector>

#include "llm/chat/specimen_test.h"
#include "llm/openai/chat_response.h"
#include "llm/openai/chat_stream.h"

namespace headgate::llm::openai {
namespace {

using base::ServiceTier;
using base::Usage;

std::optional<Usage> usage_of(std::string_view json) {
  base::json::Cursor cursor(json);
  std::optional<Usage> usage;
  EXPECT_TRUE(read_usage(cursor, usage) && cursor.finish()) << json;
  return usage;
}

struct Case {
  std::string_view json;
  std::optional<Usage> usage;
};

class ChatUsage : public testing::TestWithParam<Case> {};

TEST_P(ChatUsage, is_normalised) { EXPECT_EQ(usage_of(GetParam().json), GetParam().usage); }

INSTANTIATE_TEST_SUITE_P(
    of_providers, ChatUsage,
    testing::Values(
        // OpenAI, with everything.
        Case{R"({"prompt_tokens":100,"completion_tokens":50,"total_tokens":150,
                 "prompt_tokens_details":{"cached_tokens":40,"cache_write_tokens":30,
                   "audio_tokens":10,"image_tokens":5,"text_tokens":85},
                 "completion_tokens_details":{"reasoning_tokens":20,"audio_tokens":5,
                   "accepted_prediction_tokens":3,"rejected_prediction_tokens":2}})",
             Usage{.input = 100,
                   .cached = 40,
                   .cache_write = 30,
                   .output = 50,
                   .reasoning = 20,
                   .input_audio = 10,
                   .output_audio = 5}},
        Case{R"({"prompt_tokens":3,"completion_tokens":0})", Usage{.input = 3}},
        // DeepSeek and Moonshot, with and without the details.
        Case{R"({"prompt_tokens":100,"completion_tokens":1,"prompt_cache_hit_tokens":64,
                 "prompt_cache_miss_tokens":36})",
             Usage{.input = 100, .cached = 64, .output = 1}},
        Case{R"({"prompt_tokens":100,"completion_tokens":1,"prompt_cache_hit_tokens":64,
                 "prompt_tokens_details":{"cached_tokens":64}})",
             Usage{.input = 100, .cached = 64, .output = 1}},
        Case{R"({"prompt_tokens":100,"completion_tokens":1,"cached_tokens":7})",
             Usage{.input = 100, .cached = 7, .output = 1}},
        // xAI: reasoning beside the completion, as the total shows.
        Case{R"({"prompt_tokens":10,"completion_tokens":5,"total_tokens":115,
                 "completion_tokens_details":{"reasoning_tokens":100}})",
             Usage{.input = 10, .output = 105, .reasoning = 100}},
        Case{R"({"prompt_tokens":10,"completion_tokens":105,"total_tokens":115,
                 "completion_tokens_details":{"reasoning_tokens":100}})",
             Usage{.input = 10, .output = 105, .reasoning = 100}},
        // vLLM, Ollama: nulls.
        Case{R"({"prompt_tokens":5,"completion_tokens":1,"prompt_tokens_details":null,
                 "completion_tokens_details":{"reasoning_tokens":null}})",
             Usage{.input = 5, .output = 1}},
        // Nothing, and what contradicts itself.
        Case{"null", std::nullopt}, Case{"{}", std::nullopt}, Case{"7", std::nullopt},
        Case{R"({"prompt_tokens":5})", std::nullopt},
        Case{R"({"prompt_tokens":-5,"completion_tokens":1})", std::nullopt},
        Case{R"({"prompt_tokens":5,"completion_tokens":-1})", std::nullopt},
        Case{R"({"prompt_tokens":5,"completion_tokens":9000000000000000000})", std::nullopt},
        Case{R"({"prompt_tokens":5,"completion_tokens":1,
                 "prompt_tokens_details":{"cached_tokens":6}})",
             std::nullopt},
        Case{R"({"prompt_tokens":5,"completion_tokens":1,
                 "prompt_tokens_details":{"cached_tokens":-1}})",
             std::nullopt},
        Case{R"({"prompt_tokens":5,"completion_tokens":1,
                 "prompt_tokens_details":{"cached_tokens":3,"cache_write_tokens":3}})",
             std::nullopt},
        Case{R"({"prompt_tokens":5,"completion_tokens":1,"total_tokens":6,
                 "completion_tokens_details":{"reasoning_tokens":2}})",
             std::nullopt},
        Case{R"({"prompt_tokens":5,"completion_tokens":1,
                 "completion_tokens_details":{"audio_tokens":2}})",
             std::nullopt}));

RC_GTEST_PROP(chat_usage, what_is_written_reads_back, ()) {
  const Usage usage = *chat::any_usage();
  std::string out;
  base::json::Writer writer(out);
  write_usage(writer, usage);
  RC_ASSERT(usage_of(out) == usage);
}

TEST(chat_usage, of_embeddings_has_no_output) {
  base::json::Cursor cursor(R"({"prompt_tokens":5,"total_tokens":5})");
  std::optional<Usage> usage;
  EXPECT_TRUE(read_embedding_usage(cursor, usage));
  EXPECT_EQ(usage, Usage{.input = 5});
}

TEST(chat_usage, tiers) {
  EXPECT_EQ(tier_of("flex"), ServiceTier::flex);
  EXPECT_EQ(tier_of("priority"), ServiceTier::priority);
  for (const std::string_view word : {"auto", "default", "on_demand", ""}) {
    EXPECT_EQ(tier_of(word), ServiceTier::standard);
  }
  EXPECT_EQ(name_of(ServiceTier::scale), "scale");
  EXPECT_EQ(name_of(ServiceTier::standard), "default");
  EXPECT_EQ(name_of(ServiceTier::batch), "");
}

// Whole answers, streams, and wherever the tier stands.
TEST(chat_usage, the_tier_comes_with_it_on_both_paths) {
  const std::string usage = R"("usage":{"prompt_tokens":3,"completion_tokens":1})";
  const Usage expected{.input = 3, .output = 1, .tier = ServiceTier::flex};
  for (const std::string& members :
       {usage + R"(,"service_tier":"flex")", R"("service_tier":"flex",)" + usage}) {
    const std::string body = "{\"choices\":[]," + members + "}";
    EXPECT_EQ(scan_chat_response(body)->usage, expected);
    ChatStream stream;
    ASSERT_TRUE(stream.on_data(body));
    EXPECT_EQ(stream.usage(), expected);
  }
  ChatStream earlier;
  ASSERT_TRUE(earlier.on_data(R"({"choices":[],"service_tier":"flex"})"));
  ASSERT_TRUE(earlier.on_data("{\"choices\":[{\"index\":0,\"delta\":{}," + usage + "}]}"));
  EXPECT_EQ(earlier.usage(), expected);
}

TEST(chat_errors, say_their_status) {
  struct Said {
    std::string_view json;
    int status;
  };
  for (const Said& c : std::vector<Said>{
           {R"({"error":{"message":"m","type":"invalid_request_error"}})", 400},
           {R"({"error":{"message":"m","type":"tokens","code":"rate_limit_exceeded"}})", 429},
           {R"({"error":{"message":"m","type":"insufficient_quota"}})", 429},
           {R"({"error":{"message":"m","type":"BadRequestError","code":400}})", 400},
           {R"({"error":{"message":"m","type":"server_error","code":503}})", 503},
           {R"({"error":{"message":"m","type":"server_error","code":7}})", 500},
           {R"({"error":{"message":"m","type":"novel_error"}})", 0},
           {R"({"error":"m"})", 0}}) {
    EXPECT_EQ(scan_error_body(c.json)->status, c.status) << c.json;
  }
}

}  // namespace
}  // namespace headgate::llm::openai
