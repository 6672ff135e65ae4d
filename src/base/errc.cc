#include "base/errc.h"

#include <array>

namespace headgate::base {
namespace {

constexpr std::string_view kInvalid = "invalid_request_error";
constexpr std::string_view kServer = "server_error";
constexpr std::string_view kUpstream = "upstream_error";

constexpr std::array<ErrcRow, kErrcCount> kTable{{
    {Errc::invalid_request, "invalid_request", 400, kInvalid, "", false},
    {Errc::invalid_json, "invalid_json", 400, kInvalid, "invalid_json", false},
    {Errc::payload_too_large, "payload_too_large", 413, kInvalid, "payload_too_large", false},
    {Errc::headers_too_large, "headers_too_large", 431, kInvalid, "headers_too_large", false},
    {Errc::not_found, "not_found", 404, kInvalid, "unknown_url", false},
    {Errc::method_not_allowed, "method_not_allowed", 405, kInvalid, "method_not_supported", false},
    {Errc::unauthenticated, "unauthenticated", 401, kInvalid, "invalid_api_key", false},
    {Errc::permission_denied, "permission_denied", 403, kInvalid, "insufficient_permissions",
     false},
    {Errc::model_not_found, "model_not_found", 404, kInvalid, "model_not_found", false},
    {Errc::response_not_found, "response_not_found", 404, kInvalid, "", false},
    {Errc::previous_response_not_found, "previous_response_not_found", 400, kInvalid,
     "previous_response_not_found", false},
    {Errc::rate_limited, "rate_limited", 429, "rate_limit_error", "rate_limit_exceeded", true},
    {Errc::client_timeout, "client_timeout", 408, kInvalid, "request_timeout", true},
    {Errc::cancelled, "cancelled", 499, kInvalid, "client_closed_request", false},
    {Errc::overloaded, "overloaded", 503, kServer, "overloaded", true},
    {Errc::draining, "draining", 503, kServer, "draining", true},
    {Errc::upstream_connect, "upstream_connect", 502, kUpstream, "upstream_connect_failed", true},
    {Errc::upstream_tls, "upstream_tls", 502, kUpstream, "upstream_tls_failed", false},
    {Errc::upstream_reset, "upstream_reset", 502, kUpstream, "upstream_reset", true},
    {Errc::upstream_malformed, "upstream_malformed", 502, kUpstream, "upstream_malformed", true},
    {Errc::upstream_truncated, "upstream_truncated", 502, kUpstream, "upstream_truncated", true},
    {Errc::upstream_too_large, "upstream_too_large", 502, kUpstream, "upstream_too_large", false},
    {Errc::upstream_status, "upstream_status", 502, kUpstream, "upstream_error", false},
    {Errc::upstream_auth, "upstream_auth", 502, kUpstream, "upstream_auth_failed", false},
    {Errc::output_invalid, "output_invalid", 502, kUpstream, "invalid_structured_output", false},
    {Errc::timeout_connect, "timeout_connect", 504, kUpstream, "upstream_connect_timeout", true},
    {Errc::timeout_first_token, "timeout_first_token", 504, kUpstream, "first_token_timeout", true},
    {Errc::timeout_idle, "timeout_idle", 504, kUpstream, "stream_idle_timeout", true},
    {Errc::timeout_total, "timeout_total", 504, kUpstream, "request_timeout", true},
    {Errc::config_invalid, "config_invalid", 500, kServer, "config_invalid", false},
    {Errc::conflict, "conflict", 409, kInvalid, "conflict", false},
    {Errc::idempotency_key_reused, "idempotency_key_reused", 422, kInvalid,
     "idempotency_key_reused", false},
    {Errc::io_failed, "io_failed", 500, kServer, "io_failed", false},
    {Errc::storage_failed, "storage_failed", 500, kServer, "storage_failed", false},
    {Errc::internal, "internal", 500, kServer, "internal_error", false},
}};

}  // namespace

const ErrcRow& row(Errc code) noexcept { return kTable[static_cast<std::size_t>(code)]; }

}  // namespace headgate::base
