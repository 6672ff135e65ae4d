#include "llm/gemini/request_scan.h"

#include <gtest/gtest.h>

namespace headgate::llm::gemini {
namespace {

using base::Errc;

constexpr chat::Source kSource{.model = "models/gemini-3-pro", .stream = true};

base::Result<chat::Head> scan(std::string_view body) { return scan_request(body, kSource, {}); }

TEST(gemini_scan, what_policy_reads) {
  const std::string body =
      R"({"contents": [ {"role":"user","parts":[{"text":"hi"}]}, {"role":"model"} ],)"
      R"("tools":[{"googleSearch":{}}],"generation_config":{"max_output_tokens":"100",)"
      R"("candidateCount":2,"temperature":0.1},"cachedContent":"cachedContents/x","new":[1]} )";
  const auto head = scan(body);
  ASSERT_TRUE(head) << head.error().detail;
  EXPECT_EQ(head->model, "gemini-3-pro");
  EXPECT_TRUE(head->stream);
  EXPECT_TRUE(head->model_value.empty());
  EXPECT_EQ(head->prompt, R"([ {"role":"user","parts":[{"text":"hi"}]}, {"role":"model"} ])");
  EXPECT_EQ(head->messages_count, 2U);
  EXPECT_TRUE(head->has_tools);
  EXPECT_EQ(head->output_tokens_max, 100);
  EXPECT_EQ(head->candidates, 2);
  EXPECT_TRUE(head->has_cache_marks);
  EXPECT_EQ(body[head->end], '}');
  EXPECT_FALSE(edit_request(body, *head, {.model = "other", .include_usage = true}));
}

TEST(gemini_scan, the_least) {
  const auto head =
      scan_request(R"({"contents":{"parts":{"text":"hi"}}})", {.model = "m", .stream = false}, {});
  ASSERT_TRUE(head);
  EXPECT_EQ(head->messages_count, 1U);
  EXPECT_FALSE(head->stream);
  EXPECT_FALSE(head->has_tools);
  EXPECT_FALSE(head->output_tokens_max);
  EXPECT_EQ(head->candidates, 1);
  EXPECT_FALSE(scan(R"({"contents":[],"tools":[]})")->has_tools);
  EXPECT_FALSE(scan(R"({"contents":[],"tools":null,"generationConfig":null})")->has_tools);
}

struct Refusal {
  std::string_view body;
  Errc code;
  std::string_view param;
};

TEST(gemini_scan, refusals) {
  for (const Refusal& c : std::vector<Refusal>{
           {"", Errc::invalid_json, ""},
           {"{", Errc::invalid_json, ""},
           {R"({"contents":[]}x)", Errc::invalid_json, ""},
           {"[]", Errc::invalid_request, ""},
           {"{}", Errc::invalid_request, "contents"},
           {R"({"contents":null})", Errc::invalid_request, "contents"},
           {R"({"contents":"hi"})", Errc::invalid_request, "contents"},
           {R"({"contents":[],"contents":[]})", Errc::invalid_request, "contents"},
           {R"({"contents":[],"generationConfig":{},"generation_config":{}})",
            Errc::invalid_request, "generationConfig"},
           {R"({"contents":[],"generationConfig":{"maxOutputTokens":1,"max_output_tokens":2}})",
            Errc::invalid_request, "generationConfig.maxOutputTokens"},
           {R"({"contents":[],"generationConfig":{"maxOutputTokens":-1}})", Errc::invalid_request,
            "generationConfig.maxOutputTokens"},
           {R"({"contents":[],"generationConfig":{"candidateCount":"x"}})", Errc::invalid_request,
            "generationConfig.candidateCount"},
           {R"({"contents":[],"generationConfig":[]})", Errc::invalid_request, "generationConfig"},
           {R"({"contents":[],"model":"models/gemini-2.5-pro"})", Errc::invalid_request, "model"},
           {R"({"contents":[],"model":1})", Errc::invalid_request, "model"}}) {
    const auto head = scan(c.body);
    ASSERT_FALSE(head) << c.body;
    EXPECT_EQ(head.error().code, c.code) << c.body;
    EXPECT_EQ(head.error().param, c.param) << c.body;
  }
  EXPECT_EQ(scan_request(R"({"contents":[]})", {}, {}).error().param, "model");
  const std::string long_name(300, 'm');
  EXPECT_EQ(scan_request(R"({"contents":[]})", {.model = long_name}, {}).error().param, "model");
  chat::Limits limits;
  limits.messages_max = 1;
  EXPECT_FALSE(scan_request(R"({"contents":[{},{}]})", kSource, limits));
}

TEST(gemini_scan, a_model_in_the_body_goes_with_the_one_in_the_url) {
  const std::string body = R"({"contents":[] , "model" : "models/gemini-3-pro"})";
  const auto head = scan(body);
  ASSERT_TRUE(head);
  EXPECT_FALSE(edit_request(body, *head, {.model = "gemini-3-pro"}));
  EXPECT_FALSE(edit_request(body, *head, {}));
  EXPECT_EQ(edit_request(body, *head, {.model = "up"}),
            R"({"contents":[] , "model" : "models/up"})");
}

}  // namespace
}  // namespace headgate::llm::gemini
