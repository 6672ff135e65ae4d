// `headgate serve`: the App as a process of its own, which signals steer: SIGTERM and SIGINT drain
// it (twice: no more waiting), SIGHUP reloads its configuration. On the main thread; one a process.
// Programs that embed Headgate have signals and limits of their own and use the App itself.
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
