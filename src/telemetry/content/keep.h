// What is kept of a text: all of it, all but secrets, a hash, nothing; and no more of it than a
// limit allows. The content policy in one place, for calls through the gateway and for spans that
// come from outside. One a loop: the redactor is not thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/redact/redact.h"
#include "telemetry/config.h"

namespace headgate::telemetry {

/// A view of `text` or of `storage`. What the limit cuts off is added to `cut_bytes`.
std::string_view keep_content(std::string_view text, ContentCapture capture, std::size_t bytes_max,
                              base::Redactor& redactor, std::string& storage,
                              std::uint32_t& cut_bytes);

/// Whether the last word of an attribute's key ("http.request.header.authorization") is one whose
/// value is a secret, by the redactor's own list. Remembers what it was asked.
class SecretKeys {
 public:
  explicit SecretKeys(base::Redactor& redactor) : redactor_(redactor) {}
  bool contains(std::string_view key);

 private:
  static constexpr std::size_t kRememberedMax = 4096;

  base::Redactor& redactor_;
  std::unordered_map<std::string, bool> known_;  // by last word
  std::string word_;
};

}  // namespace headgate::telemetry
