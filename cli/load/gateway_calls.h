// Calls of a gateway's API by the workers of `headgate load`: one connection pool, repeated while
// the gateway is away or busy. Every call made here may be repeated: it only reads, has an
// Idempotency-Key, or is refused the second time. Lives on one loop.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/async/task.h"
#include "cli/running/admin_client.h"
#include "http/client/client.h"

namespace headgate::cli {

struct GatewayReply {
  int status = 0;
  std::string body;
};

class GatewayCalls {
 public:
  /// Errors: config_invalid.
  static base::Result<std::unique_ptr<GatewayCalls>> make(base::Loop& loop,
                                                          const AdminServer& gateway,
                                                          std::int64_t patience_s);

  /// What is passed outlives the call. The answer, whatever its status. 429, 502, 503, 504 and
  /// connections that break are tried again until `patience_s` is over; then they are the answer,
  /// or the error.
  base::Task<GatewayReply> call(http::Method method, const std::string& path,
                                const std::string& headers, const std::string& body);
  base::Loop& loop() { return client_->loop(); }
  std::uint64_t repeated() const { return repeated_; }

 private:
  GatewayCalls() = default;
  base::Task<GatewayReply> once(http::Method method, const std::string& path,
                                const std::string& headers, const std::string& body);

  std::shared_ptr<http::Client> client_;
  std::string authorization_;
  base::seconds patience_{};
  std::uint64_t repeated_ = 0;
  base::Cancellation nobody_;
};

}  // namespace headgate::cli
