// The tables behind the journal of runs, in a database of their own (`runs.db`). Every method is
// one step of somebody else's transaction: run_store.h begins and commits it, for many at once. One
// thread at a time.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/runs/run_rows.h"
#include "storage/sqlite.h"

namespace headgate::storage {

class RunTable {
 public:
  static base::Result<RunTable> open(const std::string& folder);

  /// Errc::conflict, when there is a run of that id.
  base::Result<CreatedRun> create(const NewRun& run);
  /// Errc::conflict, when the entries do not go on where the run stands: somebody else wrote.
  base::Result<void> append(const RunAppend& more, std::int64_t now_unix_us);
  /// Errc::not_found.
  base::Result<RunRow> row(std::string_view id);
  base::Result<StoredRun> find(std::string_view id);
  /// Those behind `seq`, at most `rows_max`.
  base::Result<std::vector<RunEntry>> entries_after(std::string_view id, std::int64_t seq,
                                                    std::int64_t rows_max);
  base::Result<std::vector<RunRow>> list(const RunFilter& filter);
  /// Ids of all runs of that status, oldest first.
  base::Result<std::vector<std::string>> ids_of(std::string_view status);
  /// Forgets runs that ended before, at most `rows_max`: their status is one of `ended`.
  base::Result<std::int64_t> expire(const std::vector<std::string>& ended,
                                    std::int64_t before_unix_us, std::int64_t rows_max);

  /// The newest run of a session and agent in that status; nothing: there is none.
  base::Result<std::optional<StoredRun>> newest_of(const SessionKey& key, std::string_view agent,
                                                   std::string_view status);
  /// Those of an owner, of one user or, with an empty one, of all, last used first.
  base::Result<std::vector<SessionRow>> sessions(std::string_view owner, std::string_view user,
                                                 std::int64_t rows_max);
  /// Forgets all runs of a session, or of all of a user's; how many. Errors: conflict, when one has
  /// not ended: its status is none of `ended`.
  base::Result<std::int64_t> erase(const SessionKey& key, const std::vector<std::string>& ended);

  Database& database() { return database_; }

 private:
  explicit RunTable(Database database) : database_(std::move(database)) {}
  base::Result<std::optional<RunRow>> same_key(const RunRow& row);
  base::Result<void> insert_row(const RunRow& row);
  base::Result<void> insert_definition(const std::string& digest, const std::string& text);
  base::Result<void> insert_entries(std::string_view id, const std::vector<RunEntry>& entries);
  base::Result<void> forget(std::string_view id);
  base::Result<void> forget_definitions();

  Database database_;
};

}  // namespace headgate::storage
