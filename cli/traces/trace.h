// `headgate trace ls` and `headgate trace show ID`: exit codes, after printing to standard output,
// or the error to standard error. Before reading, what a server that died left in its journals is
// stored.
#pragma once

#include <cstdint>
#include <string>

#include "cli/traces/filter.h"

namespace headgate::cli {

struct TraceLsOptions {
  std::string folder;
  Filter filter;
  std::int64_t limit = 20;
  bool json = false;
  bool colour = false;  // standard output is a terminal, and NO_COLOR is not set
};

struct TraceShowOptions {
  std::string folder;
  std::string id;  // or a prefix that only one trace has
  bool json = false;
  bool full = false;    // prompts and completions uncut
  bool colour = false;  // as above
};

int run_trace_ls(const TraceLsOptions& options);
int run_trace_show(const TraceShowOptions& options);

}  // namespace headgate::cli
