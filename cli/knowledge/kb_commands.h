// `headgate kb`: its arguments. What it does is in the files beside.
#pragma once

#include <CLI/App.hpp>

namespace headgate::cli {

void add_kb_command(CLI::App& app, int& exit_code);

}  // namespace headgate::cli
