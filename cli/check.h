// `headgate check`: reads a configuration with all that it refers to, says everything that is wrong
// with it or what it holds, and starts nothing.
#pragma once

#include <string>

namespace headgate::cli {

/// Prints to standard output. 0: `path` is fit to serve; 1: it is not.
int run_check(const std::string& path, bool json);

}  // namespace headgate::cli
