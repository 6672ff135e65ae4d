// Which tools fail, by the agent that called them. The agent of a tool call is the one that the
// span names itself, else the nearest agent above it in its trace, else the workflow. For `headgate
// report tools`. Where calls were sampled, one that stayed counts for those like it that did not:
// by one over the probability with which it was kept.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace headgate::storage {

struct ToolRow {
  std::string agent;  // empty: nothing says which
  std::string tool;
  std::int64_t calls = 0;
  std::int64_t errors = 0;
  std::int64_t p95_us = 0;
  std::string error;        // the most frequent
  std::int64_t stored = 0;  // calls that are in the store
};

struct ToolReport {
  std::vector<ToolRow> rows;    // most errors first, then most calls
  std::int64_t unresolved = 0;  // tool calls whose agent was not looked for: too many traces
};

base::Result<ToolReport> report_tools(const std::string& folder, std::int64_t since_unix_us);

}  // namespace headgate::storage
