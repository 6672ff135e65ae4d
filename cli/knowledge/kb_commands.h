// The arguments of `headgate kb build`, `kb search` and `kb ls`, as CLI11 wants them. What the
// commands do is in kb.h. For main(): adds them to `app`, whose parsing then calls the one that was
// named and sets `exit_code`, both of which outlive the parsing.
#pragma once

#include <CLI/App.hpp>

namespace headgate::cli {

void add_kb_command(CLI::App& app, int& exit_code);

}  // namespace headgate::cli
