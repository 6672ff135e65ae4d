#include "lab/formats/signature.h"

#include "lab/neutral/ids.h"

namespace headgate::lab {
namespace {

constexpr std::size_t kNonceLength = 16;
constexpr std::size_t kDigestLength = 80;

std::string sealed(std::string_view text, const std::string& nonce) {
  return nonce + derived_text(text, nonce, kDigestLength);
}

}  // namespace

std::string signature_of(std::string_view text, std::string_view nonce) {
  return sealed(text, derived_text(nonce, "nonce", kNonceLength));
}

bool is_signature_of(std::string_view signature, std::string_view text) {
  if (signature.size() != kNonceLength + kDigestLength) return false;
  return sealed(text, std::string(signature.substr(0, kNonceLength))) == signature;
}

}  // namespace headgate::lab
