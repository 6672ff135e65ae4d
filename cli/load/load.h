// `headgate load`: gives tickets of a file to an agent of a running gateway, many at a time, reads
// every run back at the end, and says what came of them. Exit codes, after printing to standard
// output, or the error to standard error: 0 unless a run was lost or the command could not be done.
#pragma once

#include <cstdint>
#include <string>

#include "cli/running/admin_client.h"

namespace headgate::cli {

struct LoadOptions {
  AdminServer gateway;
  std::string agent;
  std::string file;
  std::size_t tickets = 0;  // 0: as many as the file has
  std::size_t concurrency = 16;
  std::string name = "load";  // begins every Idempotency-Key
  std::string user_header = "x-user-id";
  std::string approver;  // reference to a key that grants what waits; empty: it is left waiting
  std::string escalation_tool = "escalate";
  std::string config;  // for prices; empty: no savings are told
  std::int64_t patience_s = 60;
  bool json = false;
};

int run_load(const LoadOptions& options);

}  // namespace headgate::cli
