// The `server` section: where Headgate listens, with how many loops, and the bounds of a
// connection. Read by base/config; plain values, copied into the server at start-up.
#pragma once

#include <cstdint>
#include <filesystem>

#include "base/config/problem.h"
#include "base/config/types.h"
#include "http/server/server.h"

namespace headgate::http {

struct TlsConfig {
  std::filesystem::path certificate;
  std::filesystem::path key;

  template <class V>
  static void fields(V& v) {
    v.field("certificate", &TlsConfig::certificate,
            {.doc = "PEM file: the certificate, then the chain. Without it, plain HTTP.",
             .example = "tls/server.crt",
             .needs_restart = true,
             .must_exist = true});
    v.field("key", &TlsConfig::key,
            {.doc = "PEM file: the private key of the certificate.",
             .example = "tls/server.key",
             .needs_restart = true,
             .must_exist = true});
  }
};

/// The connection's limits are the server's own struct; the two below are read once a request.
struct LimitsConfig : ServerLimits {
  std::int64_t body_bytes_max = 32 * 1024 * 1024;
  std::int64_t json_depth_max = 128;

  template <class V>
  static void fields(V& v);
};

struct ServerConfig {
  base::config::Address listen{"127.0.0.1", 8787};
  std::int64_t threads = 0;
  TlsConfig tls;
  std::int64_t drain_timeout_ms = 30'000;
  LimitsConfig limits;

  template <class V>
  static void fields(V& v);
};

/// What fields() cannot say: a certificate needs its key.
void check(const ServerConfig& server, const base::config::Cursor& at,
           base::config::Problems& problems);

template <class V>
void LimitsConfig::fields(V& v) {
  using C = LimitsConfig;
  constexpr std::int64_t kTimeoutMax = 3'600'000;
  v.field("head_bytes_max", &C::head_bytes_max,
          {.doc = "Request line and headers together; beyond: 431.",
           .min = 1024,
           .max = 1024 * 1024,
           .needs_restart = true});
  v.field("headers_max", &C::headers_max,
          {.doc = "Number of headers; beyond: 431.", .min = 8, .max = 1024, .needs_restart = true});
  v.field("head_timeout_ms", &C::head_timeout_ms,
          {.doc = "From the first byte of a request to the end of its headers (slow-loris).",
           .min = 100,
           .max = kTimeoutMax,
           .needs_restart = true});
  v.field("body_timeout_ms", &C::body_timeout_ms,
          {.doc = "For the whole of a request body to arrive.",
           .min = 100,
           .max = kTimeoutMax,
           .needs_restart = true});
  v.field("body_idle_timeout_ms", &C::body_idle_timeout_ms,
          {.doc = "Between two pieces of a request body.",
           .min = 100,
           .max = kTimeoutMax,
           .needs_restart = true});
  v.field("idle_timeout_ms", &C::idle_timeout_ms,
          {.doc = "How long a kept-alive connection may wait for its next request.",
           .min = 100,
           .max = kTimeoutMax,
           .needs_restart = true});
  v.field("park_after_ms", &C::park_after_ms,
          {.doc = "An idle connection gives its buffers back after this.",
           .min = 1,
           .max = kTimeoutMax,
           .needs_restart = true});
  v.field("write_timeout_ms", &C::write_timeout_ms,
          {.doc = "How long a client may read nothing of its reply before it is dropped.",
           .min = 100,
           .max = kTimeoutMax,
           .needs_restart = true});
  v.field("connections_max", &C::connections_max,
          {.doc = "Open connections over all threads; beyond, new ones are closed and counted.",
           .min = 1,
           .max = 1'000'000,
           .needs_restart = true});
  v.field("body_bytes_max", &C::body_bytes_max,
          {.doc = "Request body; beyond: 413.", .min = 1024, .max = 1024 * 1024 * 1024});
  v.field("json_depth_max", &C::json_depth_max,
          {.doc = "Nesting of a JSON request body; beyond: 400.", .min = 8, .max = 1024});
}

template <class V>
void ServerConfig::fields(V& v) {
  using C = ServerConfig;
  v.field("listen", &C::listen,
          {.doc = "Address and port for clients. Port 0 takes a free one.", .needs_restart = true});
  v.field(
      "threads", &C::threads,
      {.doc = "Event loops, each on its own thread. 0: one for each core that the process may use.",
       .min = 0,
       .max = 256,
       .needs_restart = true});
  v.field("tls", &C::tls, {.doc = "Serve HTTPS."});
  v.field("drain_timeout_ms", &C::drain_timeout_ms,
          {.doc = "After SIGTERM: how long requests in flight may take to end before they are cut.",
           .min = 0,
           .max = 3'600'000});
  v.field("limits", &C::limits, {.doc = "Bounds of a client's connection and request."});
}

}  // namespace headgate::http
