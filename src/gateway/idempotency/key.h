// The Idempotency-Key header (IETF draft-ietf-httpapi-idempotency-key-header) and the fingerprint
// that tells whether a call is the same as the first that came with its key. Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "gateway/ask.h"

namespace headgate::gateway {

inline constexpr std::string_view kIdempotencyHeader = "idempotency-key";

/// The key: as it stands, or what stands between quotes, as the draft writes it. REQUIRES: the
/// header is there. Errors: invalid_request, when it is empty, longer than 255 bytes, has control
/// characters, or came twice.
base::Result<std::string> idempotency_key(const http::Headers& headers);

/// SHA-256, 32 bytes, of the method, the path, the form of the answer and the body.
std::string fingerprint(std::string_view path, const Ask& ask);

}  // namespace headgate::gateway
