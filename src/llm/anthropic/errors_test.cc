#include "llm/anthropic/errors.h"

#include <gtest/gtest.h>

namespace headgate::llm::anthropic {
namespace {

using base::Errc;

TEST(anthropic_errors, every_code_has_a_status_and_a_type_that_go_together) {
  for (std::size_t i = 0; i < base::kErrcCount; ++i) {
    const auto code = static_cast<Errc>(i);
    const ErrorRow row = error_row(code);
    EXPECT_GE(row.status, 400);
    EXPECT_NE(status_of(row.type), 0) << base::row(code).name;
  }
  EXPECT_EQ(error_row(Errc::invalid_request).type, "invalid_request_error");
  EXPECT_EQ(error_row(Errc::unauthenticated).type, "authentication_error");
  EXPECT_EQ(error_row(Errc::permission_denied).type, "permission_error");
  EXPECT_EQ(error_row(Errc::model_not_found).type, "not_found_error");
  EXPECT_EQ(error_row(Errc::payload_too_large).type, "request_too_large");
  EXPECT_EQ(error_row(Errc::rate_limited).type, "rate_limit_error");
  EXPECT_EQ(error_row(Errc::timeout_idle).type, "timeout_error");
  EXPECT_EQ(error_row(Errc::upstream_reset).status, 502);
  EXPECT_EQ(error_row(Errc::upstream_reset).type, "api_error");
  EXPECT_EQ(error_row(Errc::overloaded).status, 529);
  EXPECT_EQ(error_row(Errc::draining).type, "overloaded_error");
}

TEST(anthropic_errors, bodies) {
  const base::Error error = base::fail(Errc::rate_limited, "Wait \"a bit\".");
  EXPECT_EQ(error_body(error, "req_1"),
            R"({"type":"error","error":{"type":"rate_limit_error","message":"Wait \"a bit\"."},)"
            R"("request_id":"req_1"})");
  EXPECT_EQ(error_body(base::fail(Errc::internal, ""), ""),
            R"({"type":"error","error":{"type":"api_error","message":"internal"},)"
            R"("request_id":null})");
}

TEST(anthropic_errors, what_other_providers_said_gets_a_type_of_this_dialect) {
  const auto type = [](std::string word, int status) {
    chat::ProviderError error;
    error.type = std::move(word);
    error.status = status;
    return type_of(error);
  };
  EXPECT_EQ(type("overloaded_error", 0), "overloaded_error");
  EXPECT_EQ(type("server_error", 503), "overloaded_error");
  EXPECT_EQ(type("RESOURCE_EXHAUSTED", 429), "rate_limit_error");
  EXPECT_EQ(type("insufficient_quota", 0), "api_error");
  EXPECT_EQ(type("", 422), "invalid_request_error");
  EXPECT_EQ(type("", 502), "api_error");
}

TEST(anthropic_errors, reads_bodies) {
  const auto limit = read_error_body(
      R"({"type":"error","error":{"type":"rate_limit_error","message":"m",
          "details":{"error_code":"enforced_spend_limit_reached"}},"request_id":"req_2"})");
  ASSERT_TRUE(limit);
  EXPECT_EQ(limit->type, "rate_limit_error");
  EXPECT_EQ(limit->code, "enforced_spend_limit_reached");
  EXPECT_EQ(limit->status, 429);
  EXPECT_EQ(read_error_body(R"({"error":{"type":"overloaded_error","message":"O"}})")->status, 529);
  EXPECT_EQ(read_error_body(R"({"message":"The security token is invalid."})")->message,
            "The security token is invalid.");
  EXPECT_EQ(read_error_body(R"({"error":"gone"})")->message, "gone");
  EXPECT_FALSE(read_error_body("<html>"));
  EXPECT_FALSE(read_error_body(R"({"type":"message","content":[]})"));
  EXPECT_FALSE(read_error_body(R"({"error":null})"));
  EXPECT_FALSE(read_error_body(R"({"error":{"message":"m"})"));
}

}  // namespace
}  // namespace headgate::llm::anthropic
