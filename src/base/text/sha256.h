// SHA-256 of what stands in memory, for chains and fingerprints. Pure; safe from any thread.
// Not for passwords, and not for comparing secrets: that is security/api_key.h.
#pragma once

#include <memory>
#include <string>
#include <string_view>

struct evp_md_ctx_st;  // of OpenSSL

namespace headgate::base {

/// 32 bytes.
std::string sha256(std::string_view bytes);
/// The same as 64 lower-case hex digits.
std::string sha256_hex(std::string_view bytes);

/// Of what comes in pieces.
class Sha256 {
 public:
  Sha256();
  void add(std::string_view bytes);
  /// 32 bytes. Once.
  std::string end();

 private:
  std::unique_ptr<evp_md_ctx_st, void (*)(evp_md_ctx_st*)> context_;
};

}  // namespace headgate::base
