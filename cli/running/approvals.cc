#include "cli/running/approvals.h"

#include <fmt/format.h>

#include <optional>
#include <vector>

#include "base/json/cursor.h"
#include "base/text/strings.h"
#include "cli/running/admin_list.h"
#include "cli/table.h"

namespace headgate::cli {
namespace {

using base::Result;

constexpr std::string_view kPath = "/v1/approvals?status=pending&limit=1000";

int failed(const base::Error& error) {
  fmt::print(stderr, "headgate approvals: {}\n", error.detail);
  return 1;
}

struct Waiting {
  Row row;
  std::string digest;
  std::string raw;
  std::vector<std::pair<std::string, std::string>> members;
};

std::string approved(base::json::Members& one) {
  const std::string by = cell(one, "approved_by");
  return cell(one, "needed") + (by == "[]" ? "" : " " + by);
}

Waiting read(base::json::Members& one) {
  constexpr std::size_t kShownMax = 60;
  Waiting out;
  out.digest = cell(one, "digest");
  out.raw = one.raw();
  std::string arguments = cell(one, "arguments");
  if (arguments.size() > kShownMax) arguments = arguments.substr(0, kShownMax) + "…";
  out.row = {cell(one, "run_id"), cell(one, "call_id"), cell(one, "policy"), cell(one, "user"),
             cell(one, "due_at"), approved(one),        cell(one, "tool"),   arguments};
  for (const char* name :
       {"run_id", "call_id", "agent", "user", "tool", "arguments", "digest", "policy", "reason",
        "tainted", "needed", "approved_by", "asked_at", "due_at"}) {
    out.members.emplace_back(name, cell(one, name));
  }
  return out;
}

Result<std::vector<Waiting>> waiting_of(const AdminServer& server) {
  const auto answer = admin_call(server, http::Method::get, kPath);
  if (!answer) return answer.error();
  std::vector<Waiting> out;
  const auto listed = each_of_list(*answer, [&](auto& one) { out.push_back(read(one)); });
  if (!listed) return listed.error();
  return out;
}

Result<Waiting> find(const ApprovalOptions& options) {
  auto all = waiting_of(options.server);
  if (!all) return all.error();
  for (Waiting& one : *all) {
    if (one.row[0] == options.run && one.row[1] == options.call) return std::move(one);
  }
  return base::fail(base::Errc::not_found, "no call " + options.call + " of " + options.run +
                                               " waits for you; see `headgate approvals ls`");
}

}  // namespace

int run_approvals_ls(const ApprovalOptions& options) {
  if (options.json) {
    const auto answer = admin_call(options.server, http::Method::get, kPath);
    if (!answer) return failed(answer.error());
    fmt::print("{}\n", *answer);
    return 0;
  }
  const auto all = waiting_of(options.server);
  if (!all) return failed(all.error());
  std::vector<Row> rows;
  for (const Waiting& one : *all) rows.push_back(one.row);
  fmt::print("{}",
             table({"RUN", "CALL", "POLICY", "USER", "DUE", "NEEDED", "TOOL", "ARGUMENTS"}, rows));
  return 0;
}

int run_approvals_show(const ApprovalOptions& options) {
  const auto one = find(options);
  if (!one) return failed(one.error());
  if (options.json) {
    fmt::print("{}\n", one->raw);
    return 0;
  }
  for (const auto& [name, value] : one->members) fmt::print("{:<12} {}\n", name, value);
  return 0;
}

int run_approvals_decide(const ApprovalOptions& options, const std::string& decision) {
  std::string digest = options.digest;
  if (digest.empty()) {
    const auto one = find(options);
    if (!one) return failed(one.error());
    digest = one->digest;
  }
  std::string body =
      "{\"decision\":" + base::json_string(decision) + ",\"digest\":" + base::json_string(digest);
  if (!options.reason.empty()) body += ",\"reason\":" + base::json_string(options.reason);
  if (!options.arguments.empty()) {
    if (!base::json::valid(options.arguments)) {
      return failed(base::fail(base::Errc::invalid_request, "--arguments: not JSON"));
    }
    body += ",\"arguments\":" + options.arguments;
  }
  const std::string path =
      fmt::format("/v1/runs/{}/approvals/{}", base::percent_encode(options.run),
                  base::percent_encode(options.call));
  const auto answer = admin_call(options.server, http::Method::post, path, body + "}");
  if (!answer) return failed(answer.error());
  if (options.json) {
    fmt::print("{}\n", *answer);
  } else {
    fmt::print("{}: {} {} ({})\n", decision, options.run, options.call, digest);
  }
  return 0;
}

}  // namespace headgate::cli
