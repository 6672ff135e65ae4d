// Forwards requests to a real provider and appends each exchange to a file of JSON Lines
// (recording.h). Lives on the lab's loop; one per process. Credentials pass through to the provider
// and are not written.
#pragma once

#include <fstream>
#include <memory>
#include <string>

#include "base/async/task.h"
#include "base/redact/redact.h"
#include "http/client/client.h"
#include "http/client/proxy_environment.h"
#include "http/server/exchange.h"
#include "lab/journal.h"
#include "lab/recording.h"

namespace headgate::lab {

class Recorder {
 public:
  struct Options {
    std::string upstream;  // the provider's base URL: takes the place of "/v1" and "/v1beta"
    std::string file;      // created readable by its owner only, or appended to
    http::ProxyEnvironment proxies;
  };
  static base::Result<std::unique_ptr<Recorder>> create(base::Loop& loop, const Options& options);

  /// Asks the provider, answers `exchange` as it answers, writes the line. Fails when the client
  /// went away; a provider that cannot be reached is answered with 502.
  base::Task<void> forward(http::Exchange& exchange, const LabRequest& request);

 private:
  Recorder(std::shared_ptr<http::Client> client, base::Redactor redactor, std::ofstream file);

  base::Task<void> relay(http::Exchange& exchange, http::Connection& provider, base::MonoTime begin,
                         RecordedExchange& out);
  base::Task<void> end(http::Exchange& exchange, const RecordedExchange& out);
  base::Task<void> refuse(http::Exchange& exchange, const base::Error& error);
  void write(RecordedExchange& exchange, const LabRequest& request);

  std::shared_ptr<http::Client> client_;
  base::Redactor redactor_;
  std::ofstream file_;
};

}  // namespace headgate::lab
