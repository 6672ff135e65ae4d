// Signatures of webhooks in the form of Standard Webhooks: HMAC-SHA256 over id, time and body, in
// `webhook-id`, `webhook-timestamp` and `webhook-signature`. Pure; what is verified are bytes from
// outside.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace headgate::agents {

struct WebhookHeaders {
  std::string_view id;
  std::string_view timestamp;   // seconds, as sent
  std::string_view signatures;  // "v1,… v1,…"
};

inline constexpr std::int64_t kWebhookToleranceS = 300;

/// "v1,…". `secret`: "whsec_" and Base64, or any text as it is.
std::string webhook_signature(std::string_view secret, std::string_view id,
                              std::int64_t timestamp_s, std::string_view body);

/// Errors: unauthenticated: it is not signed with the secret, or too old or too new.
base::Result<void> verify_webhook(std::string_view secret, const WebhookHeaders& headers,
                                  std::string_view body, std::int64_t now_s);

}  // namespace headgate::agents
