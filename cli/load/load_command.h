// The arguments of `headgate load`, as CLI11 wants them. Called once by main; what is parsed lives
// as long as the app.
// Kept apart from load.h, which needs no CLI11.
#pragma once

#include <CLI/App.hpp>

namespace headgate::cli {

void add_load_command(CLI::App& app, int& exit_code);

}  // namespace headgate::cli
