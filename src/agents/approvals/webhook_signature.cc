#include "agents/approvals/webhook_signature.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "base/text/base64.h"
#include "base/text/strings.h"

namespace headgate::agents {

using base::Errc;
using base::fail;
using base::Result;

namespace {

constexpr std::string_view kSecretPrefix = "whsec_";
constexpr std::size_t kIdBytesMax = 256;
constexpr int kSignaturesMax = 10;

std::string key_of(std::string_view secret) {
  if (secret.starts_with(kSecretPrefix)) {
    auto key = base::base64_decoded(secret.substr(kSecretPrefix.size()));
    if (key && !key->empty()) return std::move(*key);
  }
  return std::string(secret);
}

std::string hmac(std::string_view key, std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
  unsigned int size = 0;
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes, text.size(), out.data(),
           &size) == nullptr) {
    std::abort();  // want of memory
  }
  return {reinterpret_cast<const char*>(out.data()), size};
}

bool same(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

base::Error refused(const std::string& why) {
  return fail(Errc::unauthenticated, "The webhook's signature is not valid: " + why + ".");
}

}  // namespace

std::string webhook_signature(std::string_view secret, std::string_view id,
                              std::int64_t timestamp_s, std::string_view body) {
  std::string text(id);
  text += '.' + std::to_string(timestamp_s) + '.';
  text += body;
  return "v1," + base::base64(hmac(key_of(secret), text));
}

Result<void> verify_webhook(std::string_view secret, const WebhookHeaders& headers,
                            std::string_view body, std::int64_t now_s) {
  if (headers.id.empty() || headers.id.size() > kIdBytesMax) {
    return refused("webhook-id must have 1 to 256 bytes");
  }
  const auto at = base::parse_u64(headers.timestamp);
  constexpr std::uint64_t kTimeMax = 1ULL << 40U;
  if (!at || *at > kTimeMax) return refused("webhook-timestamp must be a time in seconds");
  const auto timestamp_s = static_cast<std::int64_t>(*at);
  const std::int64_t away_s = timestamp_s > now_s ? timestamp_s - now_s : now_s - timestamp_s;
  const std::string expected = webhook_signature(secret, headers.id, timestamp_s, body);
  bool found = false;
  std::string_view rest = headers.signatures;
  for (int i = 0; i < kSignaturesMax && !rest.empty(); ++i) {
    const std::size_t end = std::min(rest.find(' '), rest.size());
    found = same(rest.substr(0, end), expected) || found;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  if (!found) return refused("no webhook-signature is of this body, id and time");
  if (away_s > kWebhookToleranceS) return refused("its time is more than 5 minutes away");
  return {};
}

}  // namespace headgate::agents
