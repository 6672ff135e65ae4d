#include "cli/running/breaker.h"

#include <fmt/format.h>

#include <vector>

#include "base/text/strings.h"
#include "cli/running/admin_list.h"
#include "cli/table.h"

namespace headgate::cli {
namespace {

constexpr std::string_view kPath = "/admin/v1/breakers";

int failed(const base::Error& error) {
  fmt::print(stderr, "headgate breaker: {}\n", error.detail);
  return 1;
}

std::string state_of(base::json::Members& breaker) {
  std::string out = cell(breaker, "state");
  if (cell(breaker, "forced") == "true") out += " (forced)";
  if (cell(breaker, "enabled") == "false") out += " (disabled)";
  return out;
}

Row row_of(base::json::Members& breaker) {
  return {cell(breaker, "provider"), cell(breaker, "model"),    state_of(breaker),
          cell(breaker, "retry_at"), cell(breaker, "openings"), cell(breaker, "rejections"),
          cell(breaker, "reason")};
}

}  // namespace

int run_breaker_ls(const AdminServer& server, bool json) {
  const auto answer = admin_call(server, http::Method::get, kPath);
  if (!answer) return failed(answer.error());
  if (json) {
    fmt::print("{}\n", *answer);
    return 0;
  }
  std::vector<Row> rows;
  const auto read = each_of_list(*answer, [&](auto& one) { rows.push_back(row_of(one)); });
  if (!read) return failed(read.error());
  fmt::print("{}", table({"PROVIDER", "MODEL", "STATE", "RETRY AT", "OPENED", "REJECTED", "REASON"},
                         rows));
  return 0;
}

int run_breaker_force(const BreakerForceOptions& options, const std::string& state) {
  const std::string path = fmt::format("{}/{}/{}", kPath, base::percent_encode(options.provider),
                                       base::percent_encode(options.model));
  const auto answer = admin_call(options.server, http::Method::put, path,
                                 "{\"state\":" + base::json_string(state) + "}");
  if (!answer) return failed(answer.error());
  if (options.json) {
    fmt::print("{}\n", *answer);
  } else {
    fmt::print("breaker of {}/{}: {}\n", options.provider, options.model, state);
  }
  return 0;
}

}  // namespace headgate::cli
