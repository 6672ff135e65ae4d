#include "llm/gemini/errors.h"

#include <gtest/gtest.h>

namespace headgate::llm::gemini {
namespace {

using base::Errc;
using chat::ProviderError;

TEST(gemini_errors, every_error_of_the_table_has_a_body_that_clients_throw_on) {
  for (std::size_t i = 0; i < base::kErrcCount; ++i) {
    const auto code = static_cast<Errc>(i);
    const ErrorKind kind = error_kind(code);
    EXPECT_EQ(kind.code, base::row(code).http_status);
    EXPECT_FALSE(kind.status.empty());
    const auto read = read_error_body(error_body(base::fail(code, ""), ""));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->status, kind.code);
    EXPECT_GE(read->status, 400);
    EXPECT_LT(read->status, 600);
    EXPECT_EQ(read->type, kind.status);
    EXPECT_FALSE(read->message.empty());
  }
}

TEST(gemini_errors, body) {
  const std::string body =
      error_body(base::fail(Errc::invalid_request, "no \"such\" role", "contents[0].role"), "r1");
  // Clients look for the error at the very start.
  EXPECT_EQ(body,
            R"({"error":{"code":400,"message":"no \"such\" role","status":"INVALID_ARGUMENT",)"
            R"("details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo",)"
            R"("reason":"INVALID_REQUEST","domain":"headgate"},)"
            R"({"@type":"type.googleapis.com/google.rpc.BadRequest","fieldViolations":[)"
            R"({"field":"contents[0].role","description":"no \"such\" role"}]},)"
            R"({"@type":"type.googleapis.com/google.rpc.RequestInfo","requestId":"r1"}]}})");
  EXPECT_EQ(read_error_body(body)->param, "contents[0].role");
}

TEST(gemini_errors, a_quota_says_when_to_come_again) {
  const auto read = read_error_body(
      R"([{"error":{"code":429,"message":"You exceeded your quota","status":"RESOURCE_EXHAUSTED",)"
      R"("details":[{"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[)"
      R"({"quotaMetric":"m","quotaId":"q"}]},{"@type":"type.googleapis.com/google.rpc.Help",)"
      R"("links":[{"description":"d","url":"u"}]},)"
      R"({"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"34.074824224s"}]}}])");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->status, 429);
  EXPECT_EQ(read->type, "RESOURCE_EXHAUSTED");
  EXPECT_EQ(read->retry_after_ms, 34'075);
}

TEST(gemini_errors, a_bad_key_says_its_reason) {
  const auto read = read_error_body(
      R"({"error":{"code":400,"message":"API key not valid.","status":"INVALID_ARGUMENT",)"
      R"("details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo",)"
      R"("reason":"API_KEY_INVALID","domain":"googleapis.com","metadata":{"service":"s"}}]}})");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->code, "API_KEY_INVALID");
}

TEST(gemini_errors, durations) {
  struct Case {
    std::string_view text;
    std::optional<std::int64_t> ms;
  };
  for (const Case& c : std::vector<Case>{{"34s", 34'000},
                                         {"0s", 0},
                                         {"0.25s", 250},
                                         {"1.5s", 1500},
                                         {"0.0001s", 1},
                                         {"2.000000001s", 2001},
                                         {"1000000000s", 1'000'000'000'000},
                                         {"1000000001s", {}},
                                         {"99999999999999999999s", {}},
                                         {"-1s", {}},
                                         {"1", {}},
                                         {"s", {}},
                                         {"1.s", {}},
                                         {"1.1234567890s", {}},
                                         {"1m", {}},
                                         {"", {}}}) {
    EXPECT_EQ(duration_ms(c.text), c.ms) << c.text;
  }
}

TEST(gemini_errors, errors_of_others_in_this_dialect) {
  const ProviderError busy{.message = "Overloaded", .type = "overloaded_error", .status = 529};
  EXPECT_EQ(error_body(busy),
            R"({"error":{"code":529,"message":"Overloaded","status":"UNAVAILABLE"}})");
  const ProviderError silent{.type = "odd_error"};
  EXPECT_EQ(error_body(silent),
            R"({"error":{"code":500,"message":"odd_error","status":"INTERNAL"}})");
  const ProviderError named{.message = "m", .type = "FAILED_PRECONDITION"};
  EXPECT_EQ(error_body(named),
            R"({"error":{"code":400,"message":"m","status":"FAILED_PRECONDITION"}})");
  const ProviderError limited{
      .message = "slow", .type = "rate_limit_error", .status = 429, .retry_after_ms = 1050};
  EXPECT_EQ(read_error_body(error_body(limited))->retry_after_ms, 1050);
}

TEST(gemini_errors, what_is_no_error) {
  for (const std::string_view body :
       {"", "<html>", "{}", "[]", R"({"error":null})", R"({"candidates":[]})", R"({"error":{)"}) {
    EXPECT_FALSE(read_error_body(body)) << body;
  }
  EXPECT_EQ(read_error_body(R"({"error":"plain"})")->message, "plain");
  EXPECT_EQ(
      read_error_body(R"({"error":{"code":"x","details":[1,{"fieldViolations":2}]}})")->status, 0);
}

}  // namespace
}  // namespace headgate::llm::gemini
