#include "storage/responses/response_table.h"

#include <algorithm>
#include <utility>

#include "storage/folder_lock.h"
#include "storage/migrations.h"

namespace headgate::storage {

using base::Errc;
using base::Result;

namespace {

base::Error too_long(const ChainLimits& limits) {
  return base::fail(Errc::invalid_request,
                    "The conversation before this response is longer than " +
                        std::to_string(limits.responses_max) + " responses or " +
                        std::to_string(limits.bytes_max) + " bytes.",
                    "previous_response_id");
}

}  // namespace

Result<ResponseTable> ResponseTable::open(const std::string& folder) {
  const auto created = create_folder(folder);
  if (!created) return created.error();
  auto database = open_database(folder);
  if (!database) return database.error();
  // What was deleted is overwritten, not only unlinked.
  const auto set = database->execute("PRAGMA secure_delete=ON");
  if (!set) return set.error();
  return ResponseTable(std::move(*database));
}

Result<void> ResponseTable::insert(const StoredResponse& response) {
  auto statement = database_.prepare(
      "INSERT INTO responses (tenant, id, previous, entry, created_us) VALUES (?,?,?,?,?)"
      " ON CONFLICT DO NOTHING");
  if (!statement) return statement.error();
  statement->bind(1, response.tenant);
  statement->bind(2, response.id);
  statement->bind(3, response.previous);
  statement->bind(4, response.entry);
  statement->bind(5, response.created_unix_us);
  if (auto ran = statement->run(); !ran) return ran;
  if (database_.changes() > 0) return {};
  return base::fail(Errc::conflict,
                    "a response with the id '" + response.id + "' is stored already");
}

Result<StoredResponse> ResponseTable::find(std::string_view tenant, std::string_view id) {
  auto statement = database_.prepare(
      "SELECT previous, entry, created_us FROM responses WHERE tenant = ? AND id = ?");
  if (!statement) return statement.error();
  statement->bind(1, tenant);
  statement->bind(2, id);
  const auto row = statement->step();
  if (!row) return row.error();
  if (!*row) {
    return base::fail(Errc::not_found, "Response with id '" + std::string(id) + "' not found.");
  }
  return StoredResponse{std::string(id), std::string(tenant), std::string(statement->text(0)),
                        std::string(statement->text(1)), statement->integer(2)};
}

Result<std::vector<StoredResponse>> ResponseTable::chain(std::string_view tenant,
                                                         std::string_view id,
                                                         const ChainLimits& limits) {
  std::vector<StoredResponse> out;
  std::size_t bytes = 0;
  std::string next(id);
  while (!next.empty()) {
    if (out.size() == limits.responses_max || bytes > limits.bytes_max) return too_long(limits);
    auto found = find(tenant, next);
    if (!found && found.error().code != Errc::not_found) return found.error();
    if (!found && out.empty()) return out;
    if (!found) {
      return base::fail(Errc::not_found, "Previous response with id '" + next + "' not found.",
                        "previous_response_id");
    }
    next = found->previous;
    bytes += found->entry.size();
    out.push_back(std::move(*found));
  }
  std::reverse(out.begin(), out.end());
  return out;
}

Result<bool> ResponseTable::erase(std::string_view tenant, std::string_view id) {
  auto statement = database_.prepare("DELETE FROM responses WHERE tenant = ? AND id = ?");
  if (!statement) return statement.error();
  statement->bind(1, tenant);
  statement->bind(2, id);
  if (auto ran = statement->run(); !ran) return ran.error();
  return database_.changes() > 0;
}

Result<std::int64_t> ResponseTable::expire(std::int64_t before_unix_us, std::int64_t rows_max) {
  auto statement = database_.prepare(
      "DELETE FROM responses WHERE (tenant, id) IN"
      " (SELECT tenant, id FROM responses WHERE created_us < ? LIMIT ?)");
  if (!statement) return statement.error();
  statement->bind(1, before_unix_us);
  statement->bind(2, rows_max);
  if (auto ran = statement->run(); !ran) return ran.error();
  return database_.changes();
}

}  // namespace headgate::storage
