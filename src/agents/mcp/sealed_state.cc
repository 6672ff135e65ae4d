#include "agents/mcp/sealed_state.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>

#include "agents/tools/digest.h"
#include "base/random.h"
#include "base/text/base64.h"

namespace headgate::agents::mcp {

using base::Errc;
using base::fail;
using base::Result;

namespace {

constexpr std::string_view kLabel = "headgate mcp state 1";
constexpr std::size_t kNonceBytes = 12;
constexpr std::size_t kTagBytes = 16;
constexpr std::size_t kTimeBytes = 8;

using Cipher = std::unique_ptr<EVP_CIPHER_CTX, void (*)(EVP_CIPHER_CTX*)>;

Cipher new_cipher() {
  Cipher out(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  if (!out) std::abort();
  return out;
}

unsigned char* bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }
const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
int size_of(std::string_view text) { return static_cast<int>(text.size()); }

std::string associated(const StateBinding& binding) {
  return digest({kLabel, binding.principal, binding.request});
}

// Nonce, ciphertext, tag. OpenSSL refuses none of this but for want of memory.
std::string encrypt(const StateSealer::Key& key, std::string_view plain, std::string_view data) {
  std::array<std::uint8_t, kNonceBytes> nonce{};
  base::secure_random(nonce);
  std::string out(reinterpret_cast<const char*>(nonce.data()), nonce.size());
  out.resize(kNonceBytes + plain.size() + kTagBytes);
  unsigned char* text = bytes(out) + kNonceBytes;
  const Cipher cipher = new_cipher();
  int n = 0;
  const bool done =
      EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, key.data(), nonce.data()) == 1 &&
      EVP_EncryptUpdate(cipher.get(), nullptr, &n, bytes(data), size_of(data)) == 1 &&
      EVP_EncryptUpdate(cipher.get(), text, &n, bytes(plain), size_of(plain)) == 1 &&
      EVP_EncryptFinal_ex(cipher.get(), text + n, &n) == 1 &&
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, static_cast<int>(kTagBytes),
                          text + plain.size()) == 1;
  if (!done) std::abort();
  return out;
}

std::optional<std::string> decrypt(const StateSealer::Key& key, std::string sealed,
                                   std::string_view data) {
  if (sealed.size() < kNonceBytes + kTimeBytes + kTagBytes) return std::nullopt;
  const std::size_t text_bytes = sealed.size() - kNonceBytes - kTagBytes;
  unsigned char* text = bytes(sealed) + kNonceBytes;
  std::string out(text_bytes, '\0');
  const Cipher cipher = new_cipher();
  int n = 0;
  const bool done =
      EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, key.data(), bytes(sealed)) ==
          1 &&
      EVP_DecryptUpdate(cipher.get(), nullptr, &n, bytes(data), size_of(data)) == 1 &&
      EVP_DecryptUpdate(cipher.get(), bytes(out), &n, text, static_cast<int>(text_bytes)) == 1 &&
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, static_cast<int>(kTagBytes),
                          text + text_bytes) == 1 &&
      EVP_DecryptFinal_ex(cipher.get(), bytes(out) + n, &n) == 1;
  if (!done) return std::nullopt;
  return out;
}

}  // namespace

StateSealer::StateSealer() : key_{} { base::secure_random(key_); }

StateSealer::StateSealer(std::string_view secret) : key_{} {
  const std::string derived = digest({kLabel, "key", secret});
  std::copy(derived.begin(), derived.end(), key_.begin());
}

Result<std::string> StateSealer::seal(std::string_view state, const StateBinding& binding,
                                      std::int64_t unix_us) const {
  if (state.size() > kStateBytesMax) {
    return fail(Errc::payload_too_large, "a state of more than 64 KiB cannot be sealed");
  }
  std::string plain(kTimeBytes, '\0');
  std::memcpy(plain.data(), &unix_us, kTimeBytes);
  plain += state;
  return base::base64(encrypt(key_, plain, associated(binding)));
}

Result<std::string> StateSealer::open(std::string_view sealed, const StateBinding& binding,
                                      std::int64_t unix_us, std::int64_t age_us_max) const {
  const auto refused = [] {
    return fail(Errc::invalid_request, "requestState is not one that was given for this request");
  };
  if (sealed.size() > 2 * kStateBytesMax) return refused();
  auto decoded = base::base64_decoded(sealed);
  if (!decoded) return refused();
  const auto plain = decrypt(key_, std::move(*decoded), associated(binding));
  if (!plain) return refused();
  std::int64_t sealed_unix_us = 0;
  std::memcpy(&sealed_unix_us, plain->data(), kTimeBytes);
  if (unix_us - sealed_unix_us > age_us_max) {
    return fail(Errc::invalid_request, "requestState is too old; start over without it");
  }
  return plain->substr(kTimeBytes);
}

}  // namespace headgate::agents::mcp
