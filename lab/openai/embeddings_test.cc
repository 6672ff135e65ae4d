#include "lab/openai/embeddings.h"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <gtest/gtest.h>

#include <bit>
#include <ostream>

#include "lab/formats/data_url.h"

namespace headgate::lab::openai {
namespace {

namespace json = boost::json;

std::string with(const std::string& members) {
  return R"({"model":"text-embedding-3-small",)" + members + "}";
}
std::string repeated(const std::string& text, int count) {
  std::string out;
  for (int i = 0; i < count; ++i) out += text;
  return out;
}

struct Refused {
  std::string body;
  std::string param;
  std::string code;
  std::string message;
};
std::ostream& operator<<(std::ostream& out, const Refused& test) {
  return out << test.body.substr(0, 80);
}

const std::string kBadInput =
    "'$.input' is invalid. Please check the API reference: "
    "https://platform.openai.com/docs/api-reference.";

TEST(Embeddings, RefusesWhatTheProviderRefuses) {
  const Refused cases[] = {
      {R"({"input":"a"})", "", "", "you must provide a model parameter"},
      {R"({"model":4,"input":"a"})", "model", "invalid_type",
       "Invalid type for 'model': expected a string, but got an integer instead."},
      {R"({"model":"m"})", "input", "missing_required_parameter",
       "Missing required parameter: 'input'."},
      {with(R"("input":"a","dimension":3)"), "dimension", "unknown_parameter",
       "Unknown parameter: 'dimension'. Did you mean 'dimensions'?"},
      {with(R"("input":[])"), "", "", kBadInput},
      {with(R"("input":{})"), "", "", kBadInput},
      {with(R"("input":["a",1])"), "", "", kBadInput},
      {with(R"("input":[1,"a"])"), "", "", kBadInput},
      {with(R"("input":[-1])"), "", "", kBadInput},
      {with(R"("input":[[1],[]])"), "", "", kBadInput},
      {with(R"("input":[[1],"a"])"), "", "", kBadInput},
      {with(R"("input":"")"), "input", "", "Invalid 'input': input cannot be an empty string."},
      {with(R"("input":["a",""])"), "input[1]", "",
       "Invalid 'input[1]': input cannot be an empty string."},
      {with(R"("input":")" + repeated("a ", 8193) + R"(")"), "input", "",
       "Invalid 'input': maximum input length is 8192 tokens."},
      {with(R"("input":["a",")" + repeated("a ", 8193) + R"("])"), "input[1]", "",
       "Invalid 'input[1]': maximum input length is 8192 tokens."},
      {with(R"("input":["a")" + repeated(R"(,"a")", 2048) + "]"), "input", "",
       "Invalid 'input': array length must be 2048 or less."},
      {with(R"("input":["a")" + repeated(",\"" + repeated("a ", 8000) + "\"", 38) + "]"), "",
       "max_tokens_per_request", "Requested 304039 tokens, max 300000 tokens per request"},
      {with(R"("input":"a","dimensions":0)"), "dimensions", "integer_below_min_value",
       "Invalid 'dimensions': integer below minimum value. Expected a value >= 1, but got 0 "
       "instead."},
      {with(R"("input":"a","dimensions":1537)"), "", "",
       "Invalid value for 'dimensions' = 1537. Must be less than or equal to 1536."},
      {R"({"model":"text-embedding-ada-002","input":"a","dimensions":8})", "", "",
       "This model does not support specifying dimensions."},
      {with(R"("input":"a","encoding_format":"hex")"), "encoding_format", "invalid_value",
       "Invalid value: 'hex'. Supported values are: 'float' and 'base64'."},
      {with(R"("input":"a","user":1)"), "user", "invalid_type",
       "Invalid type for 'user': expected a string, but got an integer instead."},
  };
  for (const auto& test : cases) {
    const auto result = read_embedding_request(test.body);
    ASSERT_FALSE(result.has_value()) << test;
    EXPECT_EQ(result.error().status, 400) << test;
    EXPECT_EQ(result.error().message, test.message) << test;
    EXPECT_EQ(result.error().param, test.param) << test;
    EXPECT_EQ(result.error().code, test.code) << test;
  }
  EXPECT_FALSE(read_embedding_request("[").has_value());
}

json::value body_of(const std::string& request) {
  const auto read = read_embedding_request(request);
  EXPECT_TRUE(read.has_value()) << read.error().message;
  return json::parse(embedding_body(*read));
}

TEST(Embeddings, AnswersEachInput) {
  const auto body = body_of(with(R"("input":["hello","world wide"],"dimensions":4)"));
  EXPECT_EQ(body.at("object"), "list");
  EXPECT_EQ(body.at("model"), "text-embedding-3-small");
  ASSERT_EQ(body.at("data").as_array().size(), 2U);
  EXPECT_EQ(body.at_pointer("/data/1/index"), 1);
  EXPECT_EQ(body.at_pointer("/data/1/object"), "embedding");
  EXPECT_EQ(body.at_pointer("/data/1/embedding").as_array().size(), 4U);
  EXPECT_EQ(body.at_pointer("/usage/prompt_tokens"), 3);
  EXPECT_EQ(body.at_pointer("/usage/total_tokens"), 3);
  EXPECT_EQ(body_of(with(R"("input":[5,6,7])")).at_pointer("/usage/prompt_tokens"), 3);
  EXPECT_EQ(body_of(with(R"("input":[[5,6],[7]])")).at("data").as_array().size(), 2U);
  const auto large = body_of(R"({"model":"text-embedding-3-large","input":"x"})");
  EXPECT_EQ(large.at_pointer("/data/0/embedding").as_array().size(), 3072U);
}

TEST(Embeddings, SendsTheSameVectorInBase64) {
  const auto numbers = body_of(with(R"("input":"hello there","dimensions":32)"));
  const auto packed =
      body_of(with(R"("input":"hello there","dimensions":32,"encoding_format":"base64")"));
  const auto bytes =
      base64_decoded(std::string_view(packed.at_pointer("/data/0/embedding").as_string()));
  ASSERT_TRUE(bytes);
  ASSERT_EQ(bytes->size(), 128U);
  for (std::size_t i = 0; i < 32; ++i) {
    std::uint32_t bits = 0;
    for (std::size_t j = 4; j-- > 0;)
      bits = bits << 8 | static_cast<unsigned char>((*bytes)[i * 4 + j]);
    const auto& number = numbers.at_pointer("/data/0/embedding").as_array()[i];
    EXPECT_EQ(std::bit_cast<float>(bits), static_cast<float>(number.to_number<double>()));
  }
}

}  // namespace
}  // namespace headgate::lab::openai
