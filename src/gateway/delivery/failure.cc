#include "gateway/delivery/failure.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "base/text/strings.h"

namespace headgate::gateway {

using base::Errc;
using llm::chat::ProviderError;
using resilience::FailureKind;

namespace {

template <std::size_t N>
bool is_one_of(const std::array<std::string_view, N>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

template <std::size_t N>
bool mentions(std::string_view message, const std::array<std::string_view, N>& phrases) {
  const std::string lower = base::to_lower(message);
  return std::any_of(phrases.begin(), phrases.end(), [&](std::string_view phrase) {
    return lower.find(phrase) != std::string::npos;
  });
}

// Where the status itself is about the account.
bool is_about_the_account(int status) { return status == 401 || status == 402 || status == 429; }

// Whether the provider says one of the phrases itself. Elsewhere than of the account it may quote
// the caller, whose words must not open a breaker for everybody: there a message has to begin with
// the phrase, and to be about no part of the request.
template <std::size_t N>
bool says(int status, const ProviderError& said, const std::array<std::string_view, N>& phrases) {
  if (is_about_the_account(status)) return mentions(said.message, phrases);
  if (!said.param.empty()) return false;
  const std::string lower = base::to_lower(said.message);
  std::string_view begin = lower;
  if (begin.starts_with("your ")) begin.remove_prefix(5);
  if (begin.starts_with("you ")) begin.remove_prefix(4);
  return std::any_of(phrases.begin(), phrases.end(),
                     [&](std::string_view phrase) { return begin.starts_with(phrase); });
}

// Codes where there are some; else the sentences that providers and servers are known to write.
bool is_context_length(const ProviderError& said) {
  constexpr std::array<std::string_view, 3> kCodes{
      "context_length_exceeded", "string_above_max_length", "context_window_exceeded"};
  constexpr std::array<std::string_view, 6> kPhrases{
      "maximum context length", "prompt is too long",   "exceeds the maximum number of tokens",
      "context window",         "exceed context limit", "input token count"};
  return is_one_of(kCodes, said.code) || mentions(said.message, kPhrases);
}

bool is_content_filter(const ProviderError& said) {
  constexpr std::array<std::string_view, 4> kCodes{"content_filter", "content_policy_violation",
                                                   "moderation_blocked",
                                                   "ResponsibleAIPolicyViolation"};
  constexpr std::array<std::string_view, 2> kPhrases{"content management policy",
                                                     "content filtering policy"};
  return is_one_of(kCodes, said.code) || is_one_of(kCodes, said.type) ||
         mentions(said.message, kPhrases);
}

bool is_quota(int status, const ProviderError& said) {
  constexpr std::array<std::string_view, 5> kCodes{"insufficient_quota", "billing_error",
                                                   "billing_hard_limit_reached",
                                                   "billing_not_active", "BILLING_DISABLED"};
  constexpr std::array<std::string_view, 2> kPhrases{"credit balance is too low",
                                                     "exceeded your current quota"};
  return is_one_of(kCodes, said.code) || is_one_of(kCodes, said.type) ||
         says(status, said, kPhrases);
}

// Gemini says 400 where others say 401. A 403 is one only where it says that it is about the key or
// the account: it may as well be about a file that the caller names.
bool is_credential(int status, const ProviderError& said) {
  constexpr std::array<std::string_view, 14> kCodes{"invalid_api_key",
                                                    "account_deactivated",
                                                    "unsupported_country_region_territory",
                                                    "API_KEY_INVALID",
                                                    "API_KEY_SERVICE_BLOCKED",
                                                    "API_KEY_HTTP_REFERRER_BLOCKED",
                                                    "API_KEY_IP_ADDRESS_BLOCKED",
                                                    "API_KEY_ANDROID_APP_BLOCKED",
                                                    "API_KEY_IOS_APP_BLOCKED",
                                                    "ACCESS_TOKEN_EXPIRED",
                                                    "CONSUMER_INVALID",
                                                    "CONSUMER_SUSPENDED",
                                                    "SERVICE_DISABLED",
                                                    "USER_PROJECT_DENIED"};
  constexpr std::array<std::string_view, 6> kPhrases{"api key not valid",
                                                     "api key expired",
                                                     "api key was reported as leaked",
                                                     "permission denied: consumer",
                                                     "method doesn't allow unregistered callers",
                                                     "access denied due to virtual network"};
  return status == 401 || said.type == "authentication_error" || is_one_of(kCodes, said.code) ||
         says(status, said, kPhrases);
}

bool is_model_gone(int status, const ProviderError& said) {
  return status == 410 || said.code == "model_not_found" || said.type == "not_found_error" ||
         (status == 404 && said.message.find("model") != std::string::npos);
}

FailureKind kind_of_status(int status) {
  switch (status) {
    case 403: return FailureKind::forbidden;
    case 408:
    case 409: return FailureKind::transient;
    case 429: return FailureKind::rate_limited;
    case 503:
    case 529: return FailureKind::overloaded;
    default: break;
  }
  return status >= 400 && status < 500 ? FailureKind::caller_fault : FailureKind::transient;
}

}  // namespace

FailureKind kind_of(int status, const ProviderError& said) {
  const int of = status == 200 && said.status != 0 ? said.status : status;
  const bool may_be_the_request = of < 500;
  if (is_quota(of, said) || of == 402) return FailureKind::quota;
  if (may_be_the_request && is_context_length(said)) return FailureKind::context_length;
  if (may_be_the_request && is_content_filter(said)) return FailureKind::content_filter;
  if (is_credential(of, said)) return FailureKind::credential;
  if (is_model_gone(of, said)) return FailureKind::model_gone;
  if (said.type == "overloaded_error") return FailureKind::overloaded;
  if (said.type == "rate_limit_error") return FailureKind::rate_limited;
  return kind_of_status(of);
}

FailureKind kind_of(Errc code) {
  switch (code) {
    case Errc::upstream_connect:
    case Errc::upstream_tls:
    case Errc::timeout_connect: return FailureKind::connect;
    case Errc::upstream_reset:
    case Errc::upstream_status: return FailureKind::transient;
    case Errc::upstream_malformed: return FailureKind::malformed;
    case Errc::upstream_truncated: return FailureKind::truncated;
    case Errc::upstream_too_large: return FailureKind::too_large;
    case Errc::upstream_auth: return FailureKind::credential;
    case Errc::timeout_first_token: return FailureKind::timeout_first_token;
    case Errc::timeout_idle: return FailureKind::timeout_idle;
    case Errc::timeout_total: return FailureKind::timeout_total;
    case Errc::rate_limited: return FailureKind::rate_limited;
    case Errc::overloaded:
    case Errc::draining: return FailureKind::refused_by_us;
    case Errc::cancelled:
    case Errc::client_timeout: return FailureKind::cancelled;
    case Errc::output_invalid: return FailureKind::output_invalid;
    case Errc::invalid_request:
    case Errc::invalid_json:
    case Errc::payload_too_large:
    case Errc::headers_too_large:
    case Errc::not_found:
    case Errc::method_not_allowed:
    case Errc::unauthenticated:
    case Errc::permission_denied:
    case Errc::model_not_found:
    case Errc::response_not_found:
    case Errc::previous_response_not_found:
    case Errc::conflict:
    case Errc::idempotency_key_reused: return FailureKind::caller_fault;
    case Errc::config_invalid:
    case Errc::io_failed:
    case Errc::storage_failed:
    case Errc::internal: return FailureKind::internal;
  }
  return FailureKind::internal;
}

Failure failure_of(base::Error error) {
  Failure out;
  out.kind = kind_of(error.code);
  out.error = std::move(error);
  return out;
}

}  // namespace headgate::gateway
