#include "security/api_key.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <span>

#include "base/random.h"

namespace headgate::security {
namespace {

constexpr std::string_view kLead = "hg_";
constexpr std::size_t kIdChars = 12;
constexpr std::size_t kSecretChars = 43;  // 43 · log2(62) > 256 bits
constexpr std::size_t kSaltBytes = 16;
constexpr std::string_view kAlphabet =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

std::string random_text(std::size_t chars) {
  std::string out;
  while (out.size() < chars) {
    std::array<std::uint8_t, 64> bytes{};
    base::secure_random(bytes);
    for (const std::uint8_t byte : bytes) {
      // 248 = 4 · 62: what is above would favour some characters.
      if (byte < 248 && out.size() < chars) out.push_back(kAlphabet[byte % 62]);
    }
  }
  return out;
}

bool is_base62(std::string_view text) {
  return text.find_first_not_of(kAlphabet) == std::string_view::npos;
}

}  // namespace

NewApiKey make_api_key() {
  NewApiKey key;
  key.id = random_text(kIdChars);
  key.prefix = std::string(kLead) + key.id;
  key.token = key.prefix + "_" + random_text(kSecretChars);
  key.salt.resize(kSaltBytes);
  base::secure_random({reinterpret_cast<std::uint8_t*>(key.salt.data()), key.salt.size()});
  key.hash = hash_token(key.salt, key.token);
  return key;
}

std::optional<std::string_view> id_of_token(std::string_view token) {
  const std::size_t secret_at = kLead.size() + kIdChars + 1;
  if (token.size() != secret_at + kSecretChars || !token.starts_with(kLead)) return std::nullopt;
  const auto id = token.substr(kLead.size(), kIdChars);
  if (token[secret_at - 1] != '_' || !is_base62(id) || !is_base62(token.substr(secret_at))) {
    return std::nullopt;
  }
  return id;
}

std::string hash_token(std::string_view salt, std::string_view token) {
  // Fetched once: EVP_sha256() would be looked up again, under a lock, at every use.
  static EVP_MD* const kSha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> ctx(EVP_MD_CTX_new(),
                                                                    &EVP_MD_CTX_free);
  std::array<unsigned char, 32> digest{};
  EVP_DigestInit_ex(ctx.get(), kSha256, nullptr);
  EVP_DigestUpdate(ctx.get(), salt.data(), salt.size());
  EVP_DigestUpdate(ctx.get(), token.data(), token.size());
  EVP_DigestFinal_ex(ctx.get(), digest.data(), nullptr);
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

bool same_hash(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace headgate::security
