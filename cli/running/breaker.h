// `headgate breaker ls|open|close|auto`: the breakers of a running server, by its admin API. Exit
// codes, after printing to standard output, or the error to standard error.
#pragma once

#include <string>

#include "cli/running/admin_client.h"

namespace headgate::cli {

struct BreakerForceOptions {
  AdminServer server;
  std::string provider;
  std::string model;  // as the provider calls it
  bool json = false;
};

int run_breaker_ls(const AdminServer& server, bool json);
/// `state`: "open", "closed", "auto".
int run_breaker_force(const BreakerForceOptions& options, const std::string& state);

}  // namespace headgate::cli
