// What the table of runs knows of sessions.
#include <algorithm>

#include "storage/runs/run_table.h"

namespace headgate::storage {

using base::Errc;
using base::fail;
using base::Result;

Result<std::optional<StoredRun>> RunTable::newest_of(const SessionKey& key, std::string_view agent,
                                                     std::string_view status) {
  std::string id;
  {
    auto statement = database_.prepare(
        "SELECT id FROM runs WHERE owner = ? AND user = ? AND session = ? AND session <> ''"
        " AND agent = ? AND status = ? ORDER BY updated_us DESC, rowid DESC LIMIT 1");
    if (!statement) return statement.error();
    statement->bind(1, key.owner);
    statement->bind(2, key.user);
    statement->bind(3, key.session);
    statement->bind(4, agent);
    statement->bind(5, status);
    const auto found = statement->step();
    if (!found) return found.error();
    if (!*found) return std::optional<StoredRun>();
    id = statement->text(0);
  }
  auto run = find(id);
  if (!run) return run.error();
  return std::optional(std::move(*run));
}

Result<std::vector<SessionRow>> RunTable::sessions(std::string_view owner, std::string_view user,
                                                   std::int64_t rows_max) {
  auto statement = database_.prepare(
      "SELECT user, session, count(*), min(created_us), max(updated_us) FROM runs"
      " WHERE owner = ?1 AND (?2 = '' OR user = ?2) AND session <> ''"
      " GROUP BY user, session ORDER BY max(updated_us) DESC LIMIT ?3");
  if (!statement) return statement.error();
  statement->bind(1, owner);
  statement->bind(2, user);
  statement->bind(3, rows_max);
  std::vector<SessionRow> out;
  while (true) {
    const auto found = statement->step();
    if (!found) return found.error();
    if (!*found) return out;
    out.push_back({std::string(statement->text(0)), std::string(statement->text(1)),
                   statement->integer(2), statement->integer(3), statement->integer(4)});
  }
}

Result<std::int64_t> RunTable::erase(const SessionKey& key, const std::vector<std::string>& ended) {
  std::vector<std::string> ids;
  {
    auto statement = database_.prepare(
        "SELECT id, status FROM runs WHERE owner = ?1 AND user = ?2 AND session <> ''"
        " AND (?3 = '' OR session = ?3)");
    if (!statement) return statement.error();
    statement->bind(1, key.owner);
    statement->bind(2, key.user);
    statement->bind(3, key.session);
    while (true) {
      const auto found = statement->step();
      if (!found) return found.error();
      if (!*found) break;
      ids.emplace_back(statement->text(0));
      const bool is_over = std::find(ended.begin(), ended.end(), statement->text(1)) != ended.end();
      if (!is_over) {
        return fail(Errc::conflict,
                    "The run " + ids.back() + " has not ended. Cancel it, then erase the session.");
      }
    }
  }
  for (const std::string& id : ids) {
    if (auto ok = forget(id); !ok) return ok.error();
  }
  if (auto ok = forget_definitions(); !ok) return ok.error();
  return static_cast<std::int64_t>(ids.size());
}

}  // namespace headgate::storage
