#include "gateway/carry/refusal.h"

namespace headgate::gateway {

using base::Errc;

Errc errc_of_status(int status, Errc other) {
  switch (status) {
    case 400:
    case 422: return Errc::invalid_request;
    case 401: return Errc::upstream_auth;
    case 403: return Errc::permission_denied;
    case 408:
    case 504: return Errc::timeout_total;
    case 409: return Errc::conflict;
    case 413: return Errc::payload_too_large;
    case 429: return Errc::rate_limited;
    case 503:
    case 529: return Errc::overloaded;
    default: return other;
  }
}

base::Error provider_failure(const llm::chat::ProviderError& said, Errc other) {
  const Errc code = said.status == 0 ? other : errc_of_status(said.status, other);
  return base::fail(code, "the provider failed within its answer: " + said.message);
}

}  // namespace headgate::gateway
