#include "lab/formats/sealed.h"

#include <cstdint>

#include "base/random.h"
#include "lab/formats/data_url.h"
#include "lab/neutral/hash.h"

namespace headgate::lab {
namespace {

// Layout as Fernet's: version, time, nonce, text, tag.
constexpr char kVersion = '\x80';
constexpr std::uint64_t kTime = 1'767'225'600;
constexpr std::size_t kNonceBytes = 16;
constexpr std::size_t kHeadBytes = 1 + 8 + kNonceBytes;
constexpr std::size_t kTagBytes = 32;
constexpr std::uint64_t kKey = 0x6865'6164'6761'7465;

/// `count` bytes that follow from `seed`.
std::string stream_of(std::uint64_t seed, std::size_t count) {
  base::SeededRandom random(seed);
  std::string out;
  while (out.size() < count) {
    const std::uint64_t draw = random.next();
    for (std::size_t i = 0; i < 8 && out.size() < count; ++i) {
      out += static_cast<char>(draw >> (8 * i) & 0xFF);
    }
  }
  return out;
}

std::string mixed(std::string_view text, std::string_view nonce) {
  std::string out = stream_of(hash_bytes(kKey, nonce), text.size());
  for (std::size_t i = 0; i < text.size(); ++i) out[i] = static_cast<char>(out[i] ^ text[i]);
  return out;
}

std::string tag_of(std::string_view bytes) {
  return stream_of(mix(kKey, hash_bytes(kHashStart, bytes)), kTagBytes);
}

}  // namespace

std::string seal(const Sealed& content) {
  const std::string plain = content.owner + '\n' + content.text;
  std::string bytes(1, kVersion);
  for (int shift = 56; shift >= 0; shift -= 8) bytes += static_cast<char>(kTime >> shift & 0xFF);
  const std::string nonce = stream_of(hash_bytes(kHashStart, plain), kNonceBytes);
  bytes += nonce + mixed(plain, nonce);
  bytes += tag_of(bytes);
  return base64(bytes, Base64::url);
}

std::optional<Sealed> unsealed(std::string_view token) {
  const auto bytes = base64_decoded(token, Base64::url);
  if (!bytes || bytes->size() < kHeadBytes + kTagBytes) return std::nullopt;
  const std::string_view all = *bytes;
  const auto signed_part = all.substr(0, all.size() - kTagBytes);
  if (all.substr(signed_part.size()) != tag_of(signed_part)) return std::nullopt;
  const auto nonce = signed_part.substr(kHeadBytes - kNonceBytes, kNonceBytes);
  const std::string plain = mixed(signed_part.substr(kHeadBytes), nonce);
  const auto end = plain.find('\n');
  if (end == plain.npos) return std::nullopt;
  return Sealed{plain.substr(0, end), plain.substr(end + 1)};
}

}  // namespace headgate::lab
