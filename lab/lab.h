// `headgate lab`: a provider on this machine that answers by script, injects faults, records a real
// provider and replays it. docs/lab.md is its manual. Called from main's thread.
#pragma once

#include <cstdint>
#include <string>

namespace headgate::lab {

struct LabOptions {
  std::string listen = "127.0.0.1:8790";  // port 0: any free one
  std::string ready_file;  // JSON of the address, written once it accepts; empty: none
  std::string script;      // YAML; empty: an echo
  std::uint64_t seed = 1;
  bool deterministic = false;  // ids and times repeat as well
  std::string record;          // file to append exchanges with `upstream` to
  std::string upstream;        // base URL of a real provider
  std::string replay;          // file recorded before
  double speed = 1;            // of the replay; 0: no waits
  bool check = false;          // read script or recording, report, end
};

/// Serves until SIGTERM or SIGINT. Returns 0 then, 2 when it could not start (the reason on
/// stderr).
int run_lab(const LabOptions& options);

}  // namespace headgate::lab
