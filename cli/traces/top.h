// `headgate top`: routes, models and tools of the last minutes with their rates, errors, latency
// and cost, drawn anew every two seconds until interrupted; or once.
#pragma once

#include <cstdint>
#include <string>

namespace headgate::cli {

struct TopOptions {
  std::string folder;
  double minutes = 5;
  bool once = false;
  bool json = false;
  bool colour = false;
  bool terminal = false;  // standard output is one: each picture replaces the one before
};

/// The exit code.
int run_top(const TopOptions& options);

}  // namespace headgate::cli
