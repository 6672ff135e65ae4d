// `headgate agents …`: what the configuration says of agents. Its arguments, as CLI11 wants them;
// called once by main. Prints to standard output; exit code 1 where the file is not fit to serve,
// and then everything that is wrong with it on standard error.
#pragma once

#include <CLI/App.hpp>

namespace headgate::cli {

void add_agents_command(CLI::App& app, int& exit_code);

}  // namespace headgate::cli
