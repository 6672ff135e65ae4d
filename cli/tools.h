// `headgate tools`: tools proposed from a description of a service, as YAML to paste. Needs no
// configuration and no server.
#pragma once

#include <CLI/App.hpp>

namespace headgate::cli {

void add_tools_command(CLI::App& app, int& exit_code);

}  // namespace headgate::cli
