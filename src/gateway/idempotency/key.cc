#include "gateway/idempotency/key.h"

#include <algorithm>

#include "base/text/sha256.h"
#include "base/text/strings.h"

namespace headgate::gateway {

namespace {

constexpr std::size_t kKeyBytesMax = 255;

base::Error invalid(std::string why) {
  return base::fail(base::Errc::invalid_request,
                    "The Idempotency-Key header " + std::move(why) + ".", "Idempotency-Key");
}

}  // namespace

base::Result<std::string> idempotency_key(const http::Headers& headers) {
  const auto is_key = [](const http::Header& header) {
    return base::iequals(header.name, kIdempotencyHeader);
  };
  if (std::count_if(headers.begin(), headers.end(), is_key) > 1) return invalid("came twice");
  std::string_view key = headers.get(kIdempotencyHeader);
  if (key.size() >= 2 && key.front() == '"' && key.back() == '"') {
    key = key.substr(1, key.size() - 2);
  }
  if (key.empty()) return invalid("is empty");
  if (key.size() > kKeyBytesMax) return invalid("is longer than 255 bytes");
  if (base::has_control(key)) return invalid("has control characters");
  return std::string(key);
}

std::string fingerprint(std::string_view path, const Ask& ask) {
  std::string head = "POST ";
  head += path;
  head += ask.source.as_array ? " array\n" : "\n";  // a path has no blank
  base::Sha256 hash;
  hash.add(head);
  hash.add(ask.body);
  return hash.end();
}

}  // namespace headgate::gateway
