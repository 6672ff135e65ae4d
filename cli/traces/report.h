// `headgate report tools` and `headgate report calls`: questions about many calls at once, answered
// from the store. Exit codes, after printing a table or JSON to standard output.
#pragma once

#include <cstdint>
#include <string>

namespace headgate::cli {

struct ReportOptions {
  std::string folder;
  double hours = 24;
  std::string by = "day";  // of calls: hour, day, route, model, provider, status
  std::int64_t limit = 20;
  bool json = false;
  bool colour = false;
};

int run_report_tools(const ReportOptions& options);
int run_report_calls(const ReportOptions& options);

}  // namespace headgate::cli
