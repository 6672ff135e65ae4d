#include "cli/running/chaos.h"

#include <fmt/format.h>

#include <vector>

#include "base/config/value.h"
#include "base/text/strings.h"
#include "cli/running/admin_list.h"
#include "cli/table.h"

namespace headgate::cli {
namespace {

constexpr std::string_view kPath = "/admin/v1/chaos";

int failed(const base::Error& error) {
  fmt::print(stderr, "headgate chaos: {}\n", error.detail);
  return 1;
}

// {"provider": "openai", "tenant": "acme"} as "provider=openai tenant=acme".
std::string pairs(base::json::Members& rule, std::string_view name) {
  const auto* member = rule.take(name);
  if (member == nullptr) return "-";
  base::json::Cursor cursor(member->raw);
  base::json::Members object;
  if (!object.read(cursor, member->raw)) return std::string(member->raw);
  std::string out;
  for (std::size_t i = 0; i < object.size(); ++i) {
    const std::string key(object.at(i).name);
    if (!out.empty()) out += ' ';
    out += key + "=" + cell(object, key);
  }
  return out.empty() ? "all" : out;
}

Row row_of(base::json::Members& rule) {
  std::string hits = cell(rule, "hits");
  if (const std::string most = cell(rule, "max_hits"); most != "-") hits += "/" + most;
  return {
      cell(rule, "id"),   pairs(rule, "fault"), pairs(rule, "match"), cell(rule, "percent"), hits,
      cell(rule, "until")};
}

std::string text_of(std::string_view json, std::string_view name) {
  base::json::Cursor cursor(json);
  base::json::Members members;
  return members.read(cursor, json) ? cell(members, name) : "-";
}

}  // namespace

int run_chaos_add(const AdminServer& server, const resilience::ChaosRule& rule, bool json) {
  const auto answer = admin_call(server, http::Method::post, kPath, base::config::to_json(rule));
  if (!answer) return failed(answer.error());
  if (json) {
    fmt::print("{}\n", *answer);
  } else {
    fmt::print("rule {} holds until {}\n", text_of(*answer, "id"), text_of(*answer, "until"));
  }
  return 0;
}

int run_chaos_ls(const AdminServer& server, bool json) {
  const auto answer = admin_call(server, http::Method::get, kPath);
  if (!answer) return failed(answer.error());
  if (json) {
    fmt::print("{}\n", *answer);
    return 0;
  }
  std::vector<Row> rows;
  const auto read = each_of_list(*answer, [&](auto& one) { rows.push_back(row_of(one)); });
  if (!read) return failed(read.error());
  if (text_of(*answer, "enabled") == "false") {
    fmt::print(stderr, "headgate chaos: switched off; set chaos.enabled: true and reload\n");
  }
  fmt::print("{}", table({"ID", "FAULT", "MATCH", "PERCENT", "HITS", "UNTIL"}, rows));
  return 0;
}

int run_chaos_rm(const AdminServer& server, const std::string& id) {
  const std::string path = fmt::format("{}/{}", kPath, base::percent_encode(id));
  const auto answer = admin_call(server, http::Method::del, path);
  if (!answer) return failed(answer.error());
  fmt::print("rule {} is gone\n", id);
  return 0;
}

int run_chaos_clear(const AdminServer& server) {
  const auto answer = admin_call(server, http::Method::del, kPath);
  if (!answer) return failed(answer.error());
  fmt::print("{} rules are gone\n", text_of(*answer, "deleted"));
  return 0;
}

}  // namespace headgate::cli
