#include "gateway/delivery/failure.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace headgate::gateway {
namespace {

using llm::chat::ProviderError;
using resilience::FailureKind;

struct Case {
  int status;
  ProviderError said;
  FailureKind kind;
};

ProviderError said(std::string message, std::string type = {}, std::string code = {}) {
  ProviderError out;
  out.message = std::move(message);
  out.type = std::move(type);
  out.code = std::move(code);
  return out;
}

ProviderError about(std::string param, std::string message) {
  ProviderError out = said(std::move(message), "invalid_request_error");
  out.param = std::move(param);
  return out;
}

ProviderError within_answer(int status, std::string type) {
  ProviderError out = said("x", std::move(type));
  out.status = status;
  return out;
}

const std::vector<Case> kCases = {
    {429, said("Rate limit reached for gpt-5", "tokens", "rate_limit_exceeded"),
     FailureKind::rate_limited},
    {429, said("You exceeded your current quota", "insufficient_quota", "insufficient_quota"),
     FailureKind::quota},
    {400,
     said("Your credit balance is too low to access the Anthropic API", "invalid_request_error"),
     FailureKind::quota},
    {402, said("", "billing_error"), FailureKind::quota},
    {429, said("Error: you have exceeded your current quota"), FailureKind::quota},
    // What quotes the caller says nothing of the account.
    {400, said("Unknown parameter: 'exceeded your current quota'"), FailureKind::caller_fault},
    {422, said("'your credit balance is too low' is not a role"), FailureKind::caller_fault},
    {400, said("Unknown name \"API key not valid\""), FailureKind::caller_fault},
    {400, about("messages", "exceeded your current quota is too long"), FailureKind::caller_fault},
    {500, said("cannot parse 'exceeded your current quota'"), FailureKind::transient},
    {200, said("'api key expired' is not a tool"), FailureKind::transient},
    {401, said("Incorrect API key", "invalid_request_error", "invalid_api_key"),
     FailureKind::credential},
    {401, said("Our words: API key expired"), FailureKind::credential},
    {403, said("", "permission_error"), FailureKind::forbidden},  // of what the request names
    {403,
     said("You do not have permission to access the File abc or it may not exist.",
          "PERMISSION_DENIED"),
     FailureKind::forbidden},
    {403, said("No access to file 'api key not valid'", "PERMISSION_DENIED"),
     FailureKind::forbidden},
    {403, said("", "authentication_error"), FailureKind::credential},
    {403, said("", "request_forbidden", "unsupported_country_region_territory"),
     FailureKind::credential},
    {403, said("Permission denied: Consumer 'api_key:x' has been suspended.", "PERMISSION_DENIED"),
     FailureKind::credential},
    {403, said("x", "PERMISSION_DENIED", "SERVICE_DISABLED"), FailureKind::credential},
    {403, said("Your API key was reported as leaked. Please use another API key."),
     FailureKind::credential},
    {403, said("No access to model `gpt-9`", "invalid_request_error", "model_not_found"),
     FailureKind::model_gone},
    {403, said("x", "PERMISSION_DENIED", "BILLING_DISABLED"), FailureKind::quota},
    {400, said("API key not valid. Please pass a valid API key.", "INVALID_ARGUMENT"),
     FailureKind::credential},
    {400,
     said("This model's maximum context length is 128000 tokens", "invalid_request_error",
          "context_length_exceeded"),
     FailureKind::context_length},
    {400, said("prompt is too long: 205000 tokens > 200000 maximum", "invalid_request_error"),
     FailureKind::context_length},
    {400,
     said("The input token count (1200000) exceeds the maximum number of tokens allowed",
          "INVALID_ARGUMENT"),
     FailureKind::context_length},
    {400,
     said("The response was filtered due to the prompt triggering Azure OpenAI's content "
          "management policy",
          "", "content_filter"),
     FailureKind::content_filter},
    {404, said("The model `gpt-9` does not exist", "invalid_request_error", "model_not_found"),
     FailureKind::model_gone},
    {404, said("model: claude-9", "not_found_error"), FailureKind::model_gone},
    {404, said("Unknown request URL"), FailureKind::caller_fault},
    {400, said("Invalid value", "invalid_request_error"), FailureKind::caller_fault},
    {413, said("", "request_too_large"), FailureKind::caller_fault},
    {422, said(""), FailureKind::caller_fault},
    {408, said(""), FailureKind::transient},
    {409, said(""), FailureKind::transient},
    {500, said("", "api_error"), FailureKind::transient},
    {500, said("maximum context length"), FailureKind::transient},  // its own trouble
    {502, said(""), FailureKind::transient},
    {503, said(""), FailureKind::overloaded},
    {529, said("Overloaded", "overloaded_error"), FailureKind::overloaded},
    {200, within_answer(0, "overloaded_error"), FailureKind::overloaded},
    {200, within_answer(0, "rate_limit_error"), FailureKind::rate_limited},
    {200, within_answer(503, "server_error"), FailureKind::overloaded},
    {200, within_answer(0, "server_error"), FailureKind::transient},
};

TEST(Failure, IsToldByStatusAndWords) {
  for (const Case& c : kCases) {
    EXPECT_EQ(resilience::row(kind_of(c.status, c.said)).name, resilience::row(c.kind).name)
        << c.status << " " << c.said.type << " " << c.said.code << " " << c.said.message;
  }
}

TEST(Failure, OfOurOwnEveryErrorHasAKind) {
  for (std::size_t i = 0; i < base::kErrcCount; ++i) {
    const auto code = static_cast<base::Errc>(i);
    const Failure failure = failure_of(base::fail(code, "x"));
    // What only a caller could mend must not be tried again or held against a target.
    const bool callers = base::row(code).http_status < 500 && code != base::Errc::rate_limited;
    if (callers) {
      EXPECT_FALSE(resilience::row(failure.kind).retry_same) << base::row(code).name;
      EXPECT_EQ(resilience::row(failure.kind).breaker, resilience::BreakerEffect::none);
    }
  }
  EXPECT_EQ(kind_of(base::Errc::upstream_truncated), FailureKind::truncated);
  EXPECT_EQ(kind_of(base::Errc::timeout_idle), FailureKind::timeout_idle);
}

}  // namespace
}  // namespace headgate::gateway
