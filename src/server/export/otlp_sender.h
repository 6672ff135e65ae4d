// One collector's address: posts a body and tells what came of it. Lives on the export thread's
// loop; one request at a time.
#pragma once

#include <memory>
#include <string_view>

#include "base/async/cancellation.h"
#include "server/export/plan.h"

namespace headgate::server {

class OtlpSender {
 public:
  OtlpSender(base::Loop& loop, ExportTarget target);

  base::Async<telemetry::SendResult> send(std::string_view body);

 private:
  base::Task<telemetry::SendResult> post(std::string_view body);

  base::Loop& loop_;
  ExportTarget target_;
  std::shared_ptr<http::Client> client_;
  base::Cancellation never_;
};

}  // namespace headgate::server
