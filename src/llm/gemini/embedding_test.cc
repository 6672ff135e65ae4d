#include "llm/gemini/embedding.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "llm/chat/specimen_test.h"

namespace headgate::llm::gemini {
namespace {

using base::Errc;
using chat::EmbeddingAnswer;
using chat::EmbeddingRequest;

constexpr chat::Source kSource{.model = "models/gemini-embedding-2", .stream = false};

TEST(gemini_embedding, one_and_many) {
  const auto one = decode_embedding_request(
      R"({"content":{"parts":[{"text":"a"},{"text":"b"}]},"taskType":"RETRIEVAL_QUERY",)"
      R"("output_dimensionality":768,"model":"models/gemini-embedding-2"})",
      EmbeddingForm::single, kSource, {});
  ASSERT_TRUE(one) << one.error().detail;
  EXPECT_EQ(one->model, "gemini-embedding-2");
  EXPECT_EQ(one->inputs, (std::vector<chat::EmbeddingInput>{"ab"}));
  EXPECT_EQ(one->dimensions, 768);
  EXPECT_EQ(one->extras, (chat::Extras{{"taskType", "\"RETRIEVAL_QUERY\""}}));

  const auto many = decode_embedding_request(
      R"({"requests":[{"model":"models/gemini-embedding-2","content":{"parts":[{"text":"a"}]},)"
      R"("title":"t"},{"content":{"parts":{"text":"b"}},"title":"u"},)"
      R"({"content":{"parts":[{"text":"c"}]}}]})",
      EmbeddingForm::batch, kSource, {});
  ASSERT_TRUE(many) << many.error().detail;
  EXPECT_EQ(many->inputs, (std::vector<chat::EmbeddingInput>{"a", "b", "c"}));
  EXPECT_EQ(many->extras, (chat::Extras{{"title", "\"t\""},
                                        {"requests[1].title", "\"u\""},
                                        {"requests[2].title", "null"}}));
  chat::Losses losses;
  const std::string body = encode_embedding_request(*many, {.model = "m"}, losses);
  EXPECT_TRUE(losses.empty());
  EXPECT_EQ(body,
            R"({"requests":[{"model":"models/m","content":{"parts":[{"text":"a"}]},"title":"t"},)"
            R"({"model":"models/m","content":{"parts":[{"text":"b"}]},"title":"u"},)"
            R"({"model":"models/m","content":{"parts":[{"text":"c"}]},"title":null}]})");
}

TEST(gemini_embedding, refusals) {
  struct Case {
    std::string_view body;
    std::string_view param;
  };
  for (const Case& c : std::vector<Case>{
           {"{}", "requests"},
           {R"({"requests":[]})", "requests"},
           {R"({"requests":[{}]})", "requests[0]"},
           {R"({"requests":[{"content":{"parts":[{"inlineData":{}}]}}]})",
            "requests[0].content.parts[0]"},
           {R"({"requests":[{"model":"models/other","content":{}}]})", "requests[0].model"},
           {R"({"requests":[{"content":{}},{"content":{},"outputDimensionality":3}]})",
            "requests[1]"},
           {R"({"requests":[{"content":{},"outputDimensionality":"x"}]})",
            "requests[0].outputDimensionality"}}) {
    const auto request = decode_embedding_request(c.body, EmbeddingForm::batch, kSource, {});
    ASSERT_FALSE(request) << c.body;
    EXPECT_EQ(request.error().code, Errc::invalid_request);
    EXPECT_EQ(request.error().param, c.param) << c.body;
  }
}

TEST(gemini_embedding, what_gemini_cannot_embed) {
  EmbeddingRequest request;
  request.inputs = {std::vector<std::int64_t>{1, 2}, "b"};
  request.user = "u";
  request.extras.push_back({"encoding", "1"});
  chat::Losses losses;
  encode_embedding_request(request, {.model = "m"}, losses);
  ASSERT_EQ(losses.size(), 3U);
  EXPECT_EQ(losses[0].field, "input[0]");
  EXPECT_EQ(losses[0].weight, chat::Loss::Weight::meaning);
  EXPECT_EQ(losses[1].field, "user");
  EXPECT_EQ(losses[1].weight, chat::Loss::Weight::hint);
  EXPECT_EQ(losses[2].field, "encoding");
}

TEST(gemini_embedding, answers) {
  const auto answer = decode_embedding_answer(
      R"({"embeddings":[{"values":[0.1,-1,2e-3]},{"values":[1e-60,0]}],"usageMetadata":)"
      R"({"promptTokenCount":5,"totalTokenCount":5}})",
      {});
  ASSERT_TRUE(answer) << answer.error().detail;
  EXPECT_EQ(answer->vectors, (std::vector<std::vector<float>>{{0.1F, -1, 0.002F}, {0, 0}}));
  EXPECT_EQ(answer->usage, (base::Usage{.input = 5}));
  EXPECT_EQ(encode_embedding_answer(*answer, EmbeddingForm::batch),
            R"({"embeddings":[{"values":[0.1,-1,0.002]},{"values":[0,0]}],"usageMetadata":)"
            R"({"promptTokenCount":5,"totalTokenCount":5}})");
  EXPECT_EQ(decode_embedding_answer(R"({"embedding":{"values":[0.5]}})", {})->vectors,
            (std::vector<std::vector<float>>{{0.5F}}));
  EXPECT_EQ(encode_embedding_answer({.vectors = {{0.5F}}}, EmbeddingForm::single),
            R"({"embedding":{"values":[0.5]}})");
  for (const std::string_view body :
       {"{}", "[]", R"({"embeddings":[{"values":["0.1"]}]})", R"({"embeddings":[{"values":1}]})",
        R"({"embeddings":[{"values":[1e99]}]})"}) {
    EXPECT_EQ(decode_embedding_answer(body, {}).error().code, Errc::upstream_malformed) << body;
  }
  EXPECT_EQ(decode_embedding_answer(R"({"error":{"message":"no"}})", {}).error().code,
            Errc::upstream_status);
}

RC_GTEST_PROP(gemini_embedding, what_is_written_reads_back, ()) {
  EmbeddingRequest request;
  request.origin = chat::Dialect::gemini;
  request.model = "m";
  for (int i = *rc::gen::inRange(1, 5); i > 0; --i) request.inputs.emplace_back(*chat::any_text());
  if (*rc::gen::arbitrary<bool>()) request.dimensions = *rc::gen::inRange(1, 3072);
  if (*rc::gen::arbitrary<bool>()) request.extras.push_back({"taskType", "\"CLUSTERING\""});
  chat::Losses losses;
  const std::string body = encode_embedding_request(request, {.model = "m"}, losses);
  const auto again = decode_embedding_request(body, EmbeddingForm::batch, {.model = "m"}, {});
  RC_ASSERT(again.has_value());
  RC_ASSERT(*again == request);

  EmbeddingAnswer answer;
  for (const auto& input : request.inputs) {
    answer.vectors.emplace_back();
    for (const char c : std::get<std::string>(input)) {
      answer.vectors.back().push_back(static_cast<float>(c) / 7.0F);
    }
  }
  const auto read =
      decode_embedding_answer(encode_embedding_answer(answer, EmbeddingForm::batch), {});
  RC_ASSERT(read.has_value());
  RC_ASSERT(*read == answer);
}

}  // namespace
}  // namespace headgate::llm::gemini
