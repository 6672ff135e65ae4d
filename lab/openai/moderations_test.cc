#include "lab/openai/moderations.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include <ostream>

#include "lab/script/script_reader.h"

namespace headgate::lab::openai {
namespace {

namespace json = boost::json;

struct Refused {
  std::string body;
  std::string param;
  std::string code;
  std::string message;
};
std::ostream& operator<<(std::ostream& out, const Refused& test) { return out << test.body; }

const std::string kImage =
    R"({"type":"image_url","image_url":{"url":"https://example.com/cat.png"}})";

TEST(Moderations, RefuseWhatTheProviderRefuses) {
  const Refused cases[] = {
      {R"({"model":"omni-moderation-latest"})", "input", "missing_required_parameter",
       "Missing required parameter: 'input'."},
      {R"({"input":"a","user":"b"})", "user", "unknown_parameter", "Unknown parameter: 'user'."},
      {R"({"input":"a","model":"gpt-4o-nope"})", "", "",
       "Invalid value for 'model' = gpt-4o-nope. Please check the OpenAI documentation and try "
       "again."},
      {R"({"input":"a","model":3})", "model", "invalid_type",
       "Invalid type for 'model': expected a string, but got an integer instead."},
      {R"({"input":3})", "input", "invalid_type",
       "Invalid type for 'input': expected one of a string, array of strings, or array of objects, "
       "but got an integer instead."},
      {R"({"input":[]})", "input", "empty_array",
       "Invalid 'input': empty array. Expected an array with minimum length 1, but got an empty "
       "array instead."},
      {R"({"input":["a",3]})", "input[1]", "invalid_type",
       "Invalid type for 'input[1]': expected a string, but got an integer instead."},
      {R"({"input":[{"text":"a"}]})", "input[0].type", "missing_required_parameter",
       "Missing required parameter: 'input[0].type'."},
      {R"({"input":[{"type":"audio"}]})", "input[0].type", "invalid_value",
       "Invalid value: 'audio'. Supported values are: 'text' and 'image_url'."},
      {R"({"input":[{"type":"text"}]})", "input[0].text", "missing_required_parameter",
       "Missing required parameter: 'input[0].text'."},
      {R"({"input":[{"type":"image_url","image_url":"https://x/"}]})", "input[0].image_url",
       "invalid_type",
       "Invalid type for 'input[0].image_url': expected an object, but got a string instead."},
      {R"({"input":[{"type":"image_url","image_url":{"url":"cat.png"}}]})",
       "input[0].image_url.url", "invalid_value",
       "Invalid 'input[0].image_url.url'. Expected a valid URL, but got a value with an invalid "
       "format."},
      {R"({"input":[)" + kImage + "," + kImage + "]}", "input", "too_many_images",
       "Number of images (2) exceeds maximum of 1"},
  };
  for (const auto& test : cases) {
    const auto result = read_moderation_request(test.body, default_script());
    ASSERT_FALSE(result.has_value()) << test;
    EXPECT_EQ(result.error().message, test.message) << test;
    EXPECT_EQ(result.error().param, test.param) << test;
    EXPECT_EQ(result.error().code, test.code) << test;
  }
}

json::value body_of(std::string_view request, const Script& script = default_script()) {
  const auto read = read_moderation_request(request, script);
  EXPECT_TRUE(read.has_value()) << read.error().message;
  return json::parse(moderation_body(*read, script, "x"));
}

TEST(Moderations, JudgeByCategory) {
  const auto body = body_of(R"({"input":"I will KILL it."})");
  EXPECT_EQ(body.at("id"), "modr-x");
  EXPECT_EQ(body.at("model"), "omni-moderation-latest");
  const json::value result = body.at("results").at(0);
  EXPECT_EQ(result.at("flagged"), true);
  EXPECT_EQ(result.at("categories").as_object().size(), 13U);
  EXPECT_EQ(result.at("categories").at("violence"), true);
  EXPECT_EQ(result.at("categories").at("violence/graphic"), false);
  EXPECT_GT(result.at("category_scores").at("violence").to_number<double>(), 0.8);
  EXPECT_LT(result.at("category_scores").at("hate").to_number<double>(), 0.01);
  EXPECT_EQ(result.at("category_applied_input_types").at("violence"), json::array{"text"});
  EXPECT_EQ(body_of(R"({"input":"Skills and killers."})").at_pointer("/results/0/flagged"), false);
}

TEST(Moderations, JudgeEachTextAndAllPartsAtOnce) {
  const auto texts = body_of(R"({"input":["fine","you idiot"]})");
  EXPECT_EQ(texts.at_pointer("/results/0/flagged"), false);
  EXPECT_EQ(texts.at_pointer("/results/1/categories/harassment"), true);
  const auto parts = body_of(R"({"input":[{"type":"text","text":"fine"},)" + kImage + "]}");
  ASSERT_EQ(parts.at("results").as_array().size(), 1U);
  const json::value& types = parts.at_pointer("/results/0/category_applied_input_types");
  EXPECT_EQ(types.at("sexual"), (json::array{"text", "image"}));
  EXPECT_EQ(types.at("hate"), json::array{"text"});
  const auto image = body_of(R"({"input":[)" + kImage + "]}");
  const json::value& alone = image.at_pointer("/results/0/category_applied_input_types");
  EXPECT_EQ(alone.at("self-harm"), json::array{"image"});
  EXPECT_EQ(alone.at("sexual/minors"), json::array());
}

TEST(Moderations, FlagWhatTheScriptNames) {
  const auto script = read_script(
      "moderation:\n  violence: [lab-bad, \"two words\"]\n  hate/threatening: [beware]\n",
      "x.yaml");
  ASSERT_TRUE(script.has_value()) << script.error().detail;
  const auto flagged = [&](std::string_view text, std::string_view category) {
    const auto body =
        body_of(R"({"input":[{"type":"text","text":")" + std::string(text) + R"("}]})", *script);
    return body.at_pointer("/results/0/categories").at(category).as_bool();
  };
  EXPECT_TRUE(flagged("a LAB-BAD word", "violence"));
  EXPECT_TRUE(flagged("here are two words", "violence"));
  EXPECT_TRUE(flagged("beware", "hate/threatening"));
  EXPECT_FALSE(flagged("kill", "violence"));
  EXPECT_TRUE(flagged("idiot", "harassment"));
  const auto image = body_of(
      R"({"input":[{"type":"image_url","image_url":{"url":"https://x/lab-bad.png"}}]})", *script);
  EXPECT_EQ(image.at_pointer("/results/0/categories/violence"), true);
  EXPECT_FALSE(read_script("moderation: {violins: [a]}", "x.yaml").has_value());
}

TEST(Moderations, HaveNoIllicitInTheOldModel) {
  const auto body = body_of(R"({"input":"a bomb","model":"text-moderation-latest"})");
  EXPECT_EQ(body.at_pointer("/results/0/categories").at("illicit/violent"), nullptr);
  EXPECT_EQ(body.at_pointer("/results/0/flagged"), false);
}

}  // namespace
}  // namespace headgate::lab::openai
