#include "cli/key.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <string_view>

#include "base/clock.h"
#include "base/text/strings.h"
#include "security/api_key.h"
#include "storage/key_table.h"

namespace headgate::cli {
namespace {

int failed(const base::Error& error) {
  fmt::print(stderr, "headgate key: {}\n", error.detail);
  return 1;
}

std::string time_text(std::int64_t unix_us) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}",
                     fmt::gmtime(static_cast<std::time_t>(unix_us / 1'000'000)));
}

std::string json_list(const std::vector<std::string>& list) {
  std::string out = "[";
  for (const auto& entry : list) {
    if (out.size() > 1) out += ',';
    base::append_json_string(out, entry);
  }
  return out + "]";
}

std::string json_row(const storage::KeyRow& row) {
  std::string out =
      "{\"id\":" + base::json_string(row.id) + ",\"prefix\":" + base::json_string(row.prefix) +
      ",\"user\":" + base::json_string(row.user) + ",\"tenant\":" + base::json_string(row.tenant) +
      ",\"tier\":" + base::json_string(row.tier) + ",\"scopes\":" + json_list(row.scopes) +
      ",\"models\":" + json_list(row.models) +
      ",\"created\":" + base::json_string(time_text(row.created_unix_us));
  out += ",\"revoked\":";
  out += row.revoked_unix_us ? base::json_string(time_text(*row.revoked_unix_us)) : "null";
  return out + "}";
}

std::string models_text(const storage::KeyRow& row) {
  return row.models.empty() ? "all" : fmt::format("{}", fmt::join(row.models, ","));
}

}  // namespace

int run_key_create(const KeyCreateOptions& options) {
  auto table = storage::KeyTable::open(options.folder);
  if (!table) return failed(table.error());
  const auto made = security::make_api_key();
  storage::KeyRow row;
  row.id = made.id;
  row.prefix = made.prefix;
  row.salt = made.salt;
  row.hash = made.hash;
  row.user = options.user;
  row.tenant = options.tenant;
  row.tier = options.tier;
  row.scopes = options.scopes;
  row.models = options.models;
  row.created_unix_us = base::RealClock().unix_us();
  if (auto inserted = table->insert(row); !inserted) return failed(inserted.error());
  if (options.json) {
    std::string out = json_row(row);
    out.insert(1, "\"key\":" + base::json_string(made.token) + ",");
    fmt::print("{}\n", out);
  } else {
    fmt::print("{}\n", made.token);
    fmt::print(stderr, "key {} created; it is shown this once\n", made.id);
  }
  return 0;
}

int run_key_list(const std::string& folder, bool json) {
  auto table = storage::KeyTable::open(folder);
  if (!table) return failed(table.error());
  const auto rows = table->list();
  if (!rows) return failed(rows.error());
  if (json) {
    std::string out = "[";
    for (const auto& row : *rows) out += (out.size() > 1 ? "," : "") + json_row(row);
    fmt::print("{}]\n", out);
    return 0;
  }
  if (rows->empty()) {
    fmt::print("no keys; make one with: headgate key create\n");
    return 0;
  }
  fmt::print("{:<14}{:<17}{:<18}{:<14}{:<10}{:<22}{:<22}{}\n", "ID", "PREFIX", "USER", "TENANT",
             "TIER", "CREATED", "REVOKED", "MODELS");
  for (const auto& row : *rows) {
    fmt::print("{:<14}{:<17}{:<18}{:<14}{:<10}{:<22}{:<22}{}\n", row.id, row.prefix, row.user,
               row.tenant, row.tier, time_text(row.created_unix_us),
               row.revoked_unix_us ? time_text(*row.revoked_unix_us) : "-", models_text(row));
  }
  return 0;
}

int run_key_revoke(const std::string& folder, const std::string& id) {
  auto table = storage::KeyTable::open(folder);
  if (!table) return failed(table.error());
  // People paste what they see: the prefix does as well as the id.
  const std::string_view plain = std::string_view(id).starts_with("hg_")
                                     ? std::string_view(id).substr(3)
                                     : std::string_view(id);
  auto revoked = table->revoke(plain.substr(0, plain.find('_')), base::RealClock().unix_us());
  if (!revoked) return failed(revoked.error());
  fmt::print("key {} is revoked\n", plain.substr(0, plain.find('_')));
  return 0;
}

}  // namespace headgate::cli
