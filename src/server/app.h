// The composition root of `headgate serve`: makes everything, wires it, runs it, takes it down.
// Read app.cc from top to bottom to see what the program consists of. One per process, on the main
// thread.
#pragma once

#include <filesystem>
#include <string>

namespace headgate::server {

struct ServeOptions {
  std::filesystem::path config;
  std::string listen;                // "HOST:PORT" in place of server.listen; empty: as configured
  std::filesystem::path ready_file;  // gets every listener's address once they accept; empty: none
};

/// Runs until SIGTERM or SIGINT, reloads on SIGHUP. The process's exit code: 0 after a clean end,
/// 1 when it could not start (the reasons are on standard error).
int serve(const ServeOptions& options);

}  // namespace headgate::server
