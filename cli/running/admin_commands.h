// The subcommands that talk to a running server, `headgate breaker …`, `headgate chaos …` and
// `headgate approvals …`: their arguments, as CLI11 wants them. Called once by main; what they
// parse lives as long as the app.
#pragma once

#include <CLI/App.hpp>

namespace headgate::cli {

void add_breaker_command(CLI::App& app, int& exit_code);
void add_chaos_command(CLI::App& app, int& exit_code);
void add_approvals_command(CLI::App& app, int& exit_code);

}  // namespace headgate::cli
