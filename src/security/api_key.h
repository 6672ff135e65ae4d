// API keys of our own making: "hg_<id>_<secret>", the id public, the secret 256 bits of the
// kernel's randomness shown once. Only a salted SHA-256 of the whole key is stored; with that much
// randomness a slow hash would add cost and no safety. Pure, but for the randomness.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace headgate::security {

struct NewApiKey {
  std::string id;      // 12 characters
  std::string token;   // the whole key; show it once, keep it nowhere
  std::string prefix;  // "hg_<id>", what listings show
  std::string salt;    // 16 bytes
  std::string hash;    // hash_token(salt, token), 32 bytes
};

NewApiKey make_api_key();

/// The id inside a token of our form; nothing for any other string.
std::optional<std::string_view> id_of_token(std::string_view token);

/// SHA-256 over salt and token.
std::string hash_token(std::string_view salt, std::string_view token);

/// Compares without telling by its time where two hashes differ.
bool same_hash(std::string_view a, std::string_view b);

}  // namespace headgate::security
