#include "llm/openai/embeddings.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <limits>
#include <string>

#include "llm/chat/specimen_test.h"
#include "llm/openai/chat_request.h"
#include "llm/openai/vectors.h"

namespace headgate::llm::openai {
namespace {

using base::Errc;
using Tokens = std::vector<std::int64_t>;

std::string base64_of(const std::vector<float>& vector) {
  std::string out;
  append_base64(out, vector);
  return out;
}

TEST(vectors, base64_is_little_endian) {
  EXPECT_EQ(base64_of({}), "");
  EXPECT_EQ(base64_of({1.0F}), "AACAPw==");
  EXPECT_EQ(base64_of({1.0F, -2.5F}), "AACAPwAAIMA=");
  EXPECT_EQ(base64_of({0.1F, 0.2F, 0.3F}), "zczMPc3MTD6amZk+");
  EXPECT_EQ(vector_of_base64("AACAPw"), std::vector<float>{1.0F});
}

TEST(vectors, what_is_none) {
  for (const std::string_view text :
       {"A", "AAAA", "AACAP", "AACA Pw==", "AACAPw=A", "AACAfw==", "AADAfw=="}) {
    EXPECT_FALSE(vector_of_base64(text)) << text;
  }
}

TEST(vectors, numbers_that_no_float_holds) {
  const auto read = [](std::string_view json) {
    base::json::Cursor cursor(json);
    std::vector<float> vector;
    return read_numbers(cursor, vector) ? std::optional(vector) : std::nullopt;
  };
  EXPECT_EQ(read("[-0.0069292834, 1e-3, 7, 1e-60]"),
            (std::vector<float>{-0.0069292834F, 0.001F, 7.0F, 0.0F}));
  EXPECT_EQ(read("[-0.006929283495992422]"), std::vector<float>{-0.0069292835F});
  for (const std::string_view json : {"[1e39]", "[1e400]", "[null]", "[\"1\"]", "{}", "[1"}) {
    EXPECT_FALSE(read(json)) << json;
  }
}

std::vector<float> any_vector() {
  return *rc::gen::container<std::vector<float>>(
      rc::gen::map(rc::gen::arbitrary<std::int32_t>(),
                   [](std::int32_t n) { return static_cast<float>(n) / 7; }));
}

RC_GTEST_PROP(vectors, both_forms_read_back, ()) {
  const std::vector<float> vector = any_vector();
  RC_ASSERT(vector_of_base64(base64_of(vector)) == vector);
  std::string numbers;
  append_numbers(numbers, vector);
  base::json::Cursor cursor(numbers);
  std::vector<float> read;
  RC_ASSERT(read_numbers(cursor, read) && cursor.finish());
  RC_ASSERT(read == vector);
}

TEST(embeddings, a_request_that_passes) {
  const std::string body =
      R"({"input":["a","b"],"model":"text-embedding-3-small","encoding_format":"base64",
          "dimensions":256,"user":"u","novel":1})";
  const auto found = scan_embedding_request(body);
  ASSERT_TRUE(found) << found.error().detail;
  EXPECT_EQ(found->head.model, "text-embedding-3-small");
  EXPECT_EQ(found->head.user, "u");
  EXPECT_EQ(found->head.prompt, R"(["a","b"])");
  EXPECT_EQ(found->inputs, 2U);
  EXPECT_TRUE(found->want_base64);
  EXPECT_EQ(found->dimensions, 256);
  const auto edited = edit_chat_request(body, found->head, {.model = "up"});
  ASSERT_TRUE(edited);
  EXPECT_EQ(edited->find("text-embedding"), std::string::npos);
  EXPECT_EQ(scan_embedding_request(*edited)->head.model, "up");
}

TEST(embeddings, inputs_in_every_form) {
  const auto inputs = [](std::string_view json) {
    const std::string body = "{\"model\":\"m\",\"input\":" + std::string(json) + "}";
    const auto request = decode_embedding_request(body, {});
    EXPECT_TRUE(request) << json;
    EXPECT_EQ(scan_embedding_request(body)->inputs, request->inputs.size());
    return request->inputs;
  };
  using Inputs = std::vector<chat::EmbeddingInput>;
  EXPECT_EQ(inputs("\"a\\n\""), (Inputs{"a\n"}));
  EXPECT_EQ(inputs(R"(["a","b"])"), (Inputs{"a", "b"}));
  EXPECT_EQ(inputs("[1,2]"), (Inputs{Tokens{1, 2}}));
  EXPECT_EQ(inputs("[[1,2],[3]]"), (Inputs{Tokens{1, 2}, Tokens{3}}));
}

TEST(embeddings, requests_with_mistakes) {
  struct Rejected {
    std::string_view body;
    std::string_view param;
  };
  for (const Rejected& c : std::vector<Rejected>{
           {R"({"input":"a"})", "model"},
           {R"({"model":7,"input":"a"})", "model"},
           {R"({"model":"m"})", "input"},
           {R"({"model":"m","input":[]})", "input"},
           {R"({"model":"m","input":[[]]})", "input"},
           {R"({"model":"m","input":null})", "input"},
           {R"({"model":"m","input":[null]})", "input"},
           {R"({"model":"m","input":[1.5]})", "input"},
           {R"({"model":"m","input":[1,"a"]})", "input"},
           {R"({"model":"m","input":["a",1]})", "input"},
           {R"({"model":"m","input":[["a"]]})", "input"},
           {R"({"model":"m","input":"a","input":"b"})", "input"},
           {R"({"model":"m","input":"a","dimensions":0})", "dimensions"},
           {R"({"model":"m","input":"a","encoding_format":"hex"})", "encoding_format"}}) {
    const auto scanned = scan_embedding_request(c.body);
    ASSERT_TRUE(scanned.has_error()) << c.body;
    EXPECT_EQ(scanned.error().code, Errc::invalid_request);
    EXPECT_EQ(scanned.error().param, c.param);
    EXPECT_EQ(decode_embedding_request(c.body, {}).error().detail, scanned.error().detail);
  }
  EXPECT_EQ(scan_embedding_request("{\"model\":\"m\",").error().code, Errc::invalid_json);
  EXPECT_EQ(scan_embedding_request(R"({"model":"m","input":["a","b"]})", {.messages_max = 1})
                .error()
                .param,
            "input");
}

RC_GTEST_PROP(embeddings, a_request_reads_back, ()) {
  chat::EmbeddingRequest request;
  request.model = *chat::any_text();
  const bool tokens = *rc::gen::arbitrary<bool>();
  for (int n = *rc::gen::inRange(1, 4); n > 0; --n) {
    request.inputs.push_back(tokens ? chat::EmbeddingInput(Tokens{1, n})
                                    : chat::EmbeddingInput(*chat::any_text()));
  }
  if (*rc::gen::arbitrary<bool>()) request.dimensions = 512;
  request.want_base64 = *rc::gen::arbitrary<bool>();
  if (*rc::gen::arbitrary<bool>()) request.user = *chat::any_text();
  if (*rc::gen::arbitrary<bool>()) request.extras.push_back({"novel", "[1.50]"});
  chat::Losses losses;
  const auto again = decode_embedding_request(encode_embedding_request(request, {}, losses), {});
  RC_ASSERT(again.has_value());
  RC_ASSERT(*again == request);
  RC_ASSERT(losses.empty());
}

TEST(embeddings, extras_of_another_dialect_are_lost) {
  chat::EmbeddingRequest request;
  request.origin = chat::Dialect::gemini;
  request.inputs.emplace_back("a");
  request.extras.push_back({"taskType", "\"RETRIEVAL_QUERY\""});
  chat::Losses losses;
  EXPECT_EQ(encode_embedding_request(request, {.model = "up"}, losses),
            R"({"model":"up","input":["a"]})");
  ASSERT_EQ(losses.size(), 1U);
  EXPECT_EQ(losses[0].field, "taskType");
}

RC_GTEST_PROP(embeddings, an_answer_reads_back, ()) {
  chat::EmbeddingAnswer answer;
  answer.model = *chat::any_text();
  for (int n = *rc::gen::inRange(0, 4); n > 0; --n) answer.vectors.push_back(any_vector());
  if (*rc::gen::arbitrary<bool>()) answer.usage = base::Usage{.input = 7};
  chat::EmbeddingRequest request;
  request.want_base64 = *rc::gen::arbitrary<bool>();
  const std::string body = encode_embedding_answer(answer, request);
  const auto again = decode_embedding_answer(body, {});
  RC_ASSERT(again.has_value());
  RC_ASSERT(*again == answer);
  const auto facts = scan_embedding_answer(body);
  RC_ASSERT(facts.has_value());
  RC_ASSERT(facts->vectors == answer.vectors.size());
  RC_ASSERT(facts->usage == answer.usage);
}

TEST(embeddings, answers_come_in_the_order_of_their_inputs) {
  const auto answer = decode_embedding_answer(
      R"({"object":"list","data":[{"index":1,"embedding":[2]},{"index":0,"embedding":"AACAPw=="}],
          "model":"m","usage":{"prompt_tokens":5,"total_tokens":5}})",
      {});
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->vectors, (std::vector<std::vector<float>>{{1.0F}, {2.0F}}));
  EXPECT_EQ(answer->usage, base::Usage{.input = 5});
}

TEST(embeddings, what_is_no_answer) {
  for (const std::string_view body :
       {"<html>", "[]", "{}", R"({"data":{}})", R"({"data":[1]})", R"({"data":[{}]})",
        R"({"data":[{"embedding":"A"}]})", R"({"data":[{"embedding":[null]}]})"}) {
    const auto answer = decode_embedding_answer(body, {});
    ASSERT_TRUE(answer.has_error()) << body;
    EXPECT_EQ(answer.error().code, Errc::upstream_malformed);
  }
  const std::string_view failed = R"({"error":{"message":"busy"}})";
  EXPECT_EQ(decode_embedding_answer(failed, {}).error().code, Errc::upstream_status);
  EXPECT_EQ(scan_embedding_answer(failed)->error->message, "busy");
}

}  // namespace
}  // namespace headgate::llm::openai
