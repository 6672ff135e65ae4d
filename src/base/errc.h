// The one table of everything that can be expected to fail: code → HTTP status, the type and code
// that OpenAI-style error bodies carry, whether a client may retry, and the label metrics use. Pure
// values; safe from any thread. errc_test.cc walks the whole table.
#pragma once

#include <cstdint>
#include <string_view>

namespace headgate::base {

enum class Errc : std::uint8_t {
  invalid_request,
  invalid_json,
  payload_too_large,
  headers_too_large,
  not_found,
  method_not_allowed,
  unauthenticated,
  permission_denied,
  model_not_found,
  response_not_found,
  previous_response_not_found,
  rate_limited,
  client_timeout,
  cancelled,
  overloaded,
  draining,
  upstream_connect,
  upstream_tls,
  upstream_reset,
  upstream_malformed,
  upstream_truncated,
  upstream_too_large,
  upstream_status,
  upstream_auth,
  output_invalid,
  timeout_connect,
  timeout_first_token,
  timeout_idle,
  timeout_total,
  config_invalid,
  conflict,
  idempotency_key_reused,
  io_failed,
  storage_failed,
  internal,
};
inline constexpr std::size_t kErrcCount = static_cast<std::size_t>(Errc::internal) + 1;

struct ErrcRow {
  Errc code;
  std::string_view name;         // metric label and log field
  int http_status;               // what the caller sees when this ends the request
  std::string_view openai_type;  // error.type in OpenAI's error body
  std::string_view openai_code;  // error.code; empty: null
  bool retryable;                // whether the caller may send the same request again
};

/// The row of `code`. Total: every enumerator has one.
const ErrcRow& row(Errc code) noexcept;

}  // namespace headgate::base
