// `headgate tail`: new calls as they are stored, a line each, until interrupted. Reads the store,
// so it works beside a server on the same machine; it waits for one that has not started yet.
#pragma once

#include <cstdint>
#include <string>

#include "cli/traces/filter.h"

namespace headgate::cli {

struct TailOptions {
  std::string folder;
  Filter filter;
  std::int64_t last = 0;  // calls that are there already and are shown first
  bool json = false;      // an object a line
  bool colour = false;
};

/// The exit code.
int run_tail(const TailOptions& options);

}  // namespace headgate::cli
