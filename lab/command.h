// The command line of `headgate lab`, for cli/ to hang under its own. Called once, before the
// parse; nothing is kept but the options, which the subcommand owns.
#pragma once

#include <CLI/App.hpp>

namespace headgate::lab {

/// Adds the subcommand `lab` to `app`. When it was chosen, its callback serves and sets `exit_code`
/// (run_lab's). Both outlive the parse.
void add_lab_command(CLI::App& app, int& exit_code);

}  // namespace headgate::lab
