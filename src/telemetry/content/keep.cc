#include "telemetry/content/keep.h"

#include <algorithm>
#include <limits>

#include "base/text/sha256.h"
#include "base/text/strings.h"
#include "base/text/utf8.h"

namespace headgate::telemetry {

std::string_view keep_content(std::string_view text, ContentCapture capture, std::size_t bytes_max,
                              base::Redactor& redactor, std::string& storage,
                              std::uint32_t& cut_bytes) {
  if (text.empty()) return text;
  switch (capture) {
    case ContentCapture::off: return {};
    case ContentCapture::hashed: return storage = "sha256:" + base::sha256_hex(text);
    case ContentCapture::redacted:
      // Before the cut: half a secret would no longer look like one.
      if (redactor.redact(text, storage)) text = storage;
      break;
    case ContentCapture::full: break;
  }
  const std::string_view kept = base::utf8_prefix(text, bytes_max);
  constexpr std::size_t kMax = std::numeric_limits<std::uint32_t>::max();
  cut_bytes += static_cast<std::uint32_t>(std::min(text.size() - kept.size(), kMax));
  return kept;
}

bool SecretKeys::contains(std::string_view key) {
  word_.assign(key.substr(key.rfind('.') + 1));
  const auto found = known_.find(word_);
  if (found != known_.end()) return found->second;
  // Long enough for names whose short values are no secrets.
  std::string probe = "{";
  base::append_json_string(probe, word_);
  probe += ":\"a value of no format at all\"}";
  std::string ignored;
  const bool secret = redactor_.redact(probe, ignored);
  if (known_.size() >= kRememberedMax) known_.clear();  // keys come from outside
  known_.emplace(word_, secret);
  return secret;
}

}  // namespace headgate::telemetry
