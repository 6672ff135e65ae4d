#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "llm/responses/errors.h"
#include "llm/responses/usage.h"

namespace headgate::llm::responses {
namespace {

using base::ServiceTier;
using base::Usage;

std::optional<Usage> usage_of(std::string_view json) {
  base::json::Cursor cursor(json);
  std::optional<Usage> usage = Usage{.input = 99};
  EXPECT_TRUE(read_usage(cursor, usage) && cursor.finish()) << json;
  return usage;
}

TEST(responses_usage, reads_what_can_be) {
  struct Case {
    std::string_view json;
    std::optional<Usage> usage;
  };
  const Case cases[] = {
      {R"({"input_tokens":10,"output_tokens":5})", Usage{.input = 10, .output = 5}},
      {R"({"input_tokens":10,"input_tokens_details":{"cached_tokens":4,"cache_write_tokens":3,)"
       R"("cache_write_tokens_details":{"ttl_30m_tokens":1,"ttl_12h_tokens":2}},)"
       R"("output_tokens":5,"output_tokens_details":{"reasoning_tokens":5},"total_tokens":15})",
       Usage{.input = 10,
             .cached = 4,
             .cache_write = 3,
             .output = 5,
             .reasoning = 5,
             .cache_write_long = 2}},
      {R"({"input_tokens":1,"output_tokens":0,"input_tokens_details":null,"x":{}})",
       Usage{.input = 1}},
      {R"({"input_tokens":1,"output_tokens":0,"input_tokens_details":{"cached_tokens":null}})",
       Usage{.input = 1}},
      {"null", std::nullopt},
      {"7", std::nullopt},
      {"{}", std::nullopt},
      {R"({"input_tokens":1})", std::nullopt},
      {R"({"input_tokens":-1,"output_tokens":0})", std::nullopt},
      {R"({"input_tokens":1.5,"output_tokens":0})", std::nullopt},
      {R"({"input_tokens":"1","output_tokens":0})", std::nullopt},
      {R"({"input_tokens":3,"output_tokens":0,"input_tokens_details":{"cached_tokens":4}})",
       std::nullopt},
      {R"({"input_tokens":3,"output_tokens":0,)"
       R"("input_tokens_details":{"cached_tokens":2,"cache_write_tokens":2}})",
       std::nullopt},
      {R"({"input_tokens":3,"output_tokens":1,"output_tokens_details":{"reasoning_tokens":2}})",
       std::nullopt},
      {R"({"input_tokens":3,"output_tokens":1,"output_tokens_details":{"reasoning_tokens":-2}})",
       std::nullopt}};
  for (const Case& test : cases) EXPECT_EQ(usage_of(test.json), test.usage) << test.json;
}

TEST(responses_usage, writes_what_the_types_require) {
  std::string text;
  base::json::Writer out(text);
  write_usage(out, {.input = 10, .cached = 4, .output = 5, .reasoning = 1});
  EXPECT_EQ(text, R"({"input_tokens":10,"input_tokens_details":{"cached_tokens":4,)"
                  R"("cache_write_tokens":0},"output_tokens":5,)"
                  R"("output_tokens_details":{"reasoning_tokens":1},"total_tokens":15})");
  const Usage written{.input = 10, .cache_write = 4, .output = 5, .cache_write_long = 3};
  text.clear();
  base::json::Writer again(text);
  write_usage(again, written);
  EXPECT_EQ(usage_of(text), written);
}

TEST(responses_usage, tiers) {
  for (const ServiceTier tier : {ServiceTier::standard, ServiceTier::flex, ServiceTier::priority,
                                 ServiceTier::scale, ServiceTier::fast, ServiceTier::ultrafast}) {
    EXPECT_EQ(tier_named(tier_name(tier)), tier);
  }
  EXPECT_EQ(tier_named("auto"), ServiceTier::standard);
  EXPECT_EQ(tier_named(""), ServiceTier::standard);
}

TEST(responses_errors, bodies) {
  EXPECT_EQ(error_body(base::fail(base::Errc::rate_limited, "slow \"down\"", "model"), "req_1"),
            R"({"error":{"message":"slow \"down\"","type":"rate_limit_error","param":"model",)"
            R"("code":"rate_limit_exceeded"}})");
  EXPECT_EQ(error_body({base::Errc::invalid_request, {}, {}}, {}),
            R"({"error":{"message":"invalid_request","type":"invalid_request_error",)"
            R"("param":null,"code":null}})");
  EXPECT_EQ(form_of(base::Errc::draining).status, 503);
  EXPECT_TRUE(form_of(base::Errc::draining).retryable);
}

TEST(responses_errors, reads_every_shape_that_servers_send) {
  struct Case {
    std::string_view body;
    std::optional<chat::ProviderError> error;
  };
  const Case cases[] = {
      {R"({"error":{"message":"m","type":"t","param":"p","code":"c"}})",
       chat::ProviderError{"m", "t", "c", "p"}},
      {R"({"error":{"message":"m","code":429}})",
       chat::ProviderError{.message = "m", .status = 429}},
      {R"({"error":{"message":"m","code":7}})", chat::ProviderError{.message = "m"}},
      {R"({"error":"m"})", chat::ProviderError{.message = "m"}},
      {R"({"object":"error","message":"m","type":"t","param":null,"code":400})",
       chat::ProviderError{.message = "m", .type = "t", .status = 400}},
      {R"({"detail":"Not Found"})", chat::ProviderError{.message = "Not Found"}},
      {R"({"error":null,"output":[]})", std::nullopt},
      {"<html>", std::nullopt},
      {"[]", std::nullopt},
      {R"({"error":{"message":"m"})", std::nullopt}};
  for (const Case& test : cases) EXPECT_EQ(read_error_body(test.body), test.error) << test.body;
}

TEST(responses_errors, a_failed_response_has_one_of_the_codes_of_the_type) {
  EXPECT_EQ(failed_code({.code = "invalid_image"}), "invalid_image");
  EXPECT_EQ(failed_code({.code = "overloaded"}), "server_error");
  EXPECT_EQ(failed_code({.type = "rate_limit_error"}), "rate_limit_exceeded");
  EXPECT_EQ(failed_code({.status = 429}), "rate_limit_exceeded");
  EXPECT_EQ(failed_code({.type = "invalid_request_error"}), "invalid_prompt");
}

}  // namespace
}  // namespace headgate::llm::responses
