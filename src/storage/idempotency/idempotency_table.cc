#include "storage/idempotency/idempotency_table.h"

#include <utility>

#include "storage/blob_text.h"
#include "storage/folder_lock.h"

namespace headgate::storage {

using base::Errc;
using base::Result;

namespace {

void bind_scope(Statement& statement, int first, const IdempotencyScope& scope) {
  statement.bind(first, scope.tenant);
  statement.bind(first + 1, scope.path);
  statement.bind(first + 2, scope.key);
}

// A later schema has a later number; what an earlier one kept may be dropped: it is kept for hours.
constexpr std::int64_t kSchema = 1;
constexpr const char* kCreate = R"sql(
DROP TABLE IF EXISTS answers;
CREATE TABLE answers (
  tenant TEXT NOT NULL,
  path TEXT NOT NULL,
  key TEXT NOT NULL,
  fingerprint BLOB NOT NULL,
  state INTEGER NOT NULL,
  owner TEXT NOT NULL,
  streamed INTEGER NOT NULL,
  head TEXT NOT NULL,
  body BLOB NOT NULL,
  created_us INTEGER NOT NULL,
  PRIMARY KEY (tenant, path, key)
) WITHOUT ROWID;
CREATE INDEX answers_by_age ON answers (created_us);
PRAGMA user_version = 1;
)sql";

Result<void> create_if_new(Database& database) {
  auto transaction = Transaction::begin(database);
  if (!transaction) return transaction.error();
  const auto version = database.integer("PRAGMA user_version");
  if (!version) return version.error();
  if (*version == kSchema) return {};
  const auto created = database.execute(kCreate);
  if (!created) return created.error();
  return transaction->commit();
}

constexpr auto kReserved = static_cast<std::int64_t>(IdempotencyState::reserved);

}  // namespace

Result<IdempotencyTable> IdempotencyTable::open(const std::string& folder) {
  const auto created = create_folder(folder);
  if (!created) return created.error();
  auto database = Database::open(folder + "/idempotency.db", Database::Access::read_write);
  if (!database) return database.error();
  const auto set = database->execute(
      "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-2048;"
      "PRAGMA temp_store=MEMORY; PRAGMA secure_delete=ON");
  if (!set) return set.error();
  const auto ready = create_if_new(*database);
  if (!ready) return ready.error();
  return IdempotencyTable(std::move(*database));
}

Result<KeptAnswer> IdempotencyTable::find(const IdempotencyScope& scope) {
  auto statement = database_.prepare(
      "SELECT fingerprint, state, owner, streamed, head, body, created_us FROM answers"
      " WHERE tenant = ? AND path = ? AND key = ?");
  if (!statement) return statement.error();
  bind_scope(*statement, 1, scope);
  const auto row = statement->step();
  if (!row) return row.error();
  if (!*row) return base::fail(Errc::not_found, "no such key");
  KeptAnswer out;
  out.fingerprint = text_of(statement->blob(0));
  out.state = static_cast<IdempotencyState>(statement->integer(1));
  out.owner = statement->text(2);
  out.streamed = statement->integer(3) != 0;
  out.head = statement->text(4);
  out.body = text_of(statement->blob(5));
  out.created_unix_us = statement->integer(6);
  return out;
}

Result<KeptAnswer> IdempotencyTable::reserve(const IdempotencyScope& scope,
                                             const KeptAnswer& wanted, std::int64_t after_unix_us) {
  auto found = find(scope);
  if (!found && found.error().code != Errc::not_found) return found.error();
  const bool stands = found && found->state != IdempotencyState::reserved &&
                      found->created_unix_us >= after_unix_us;
  if (stands) return found;
  auto statement = database_.prepare(
      "REPLACE INTO answers"
      " (tenant, path, key, fingerprint, state, owner, streamed, head, body, created_us)"
      " VALUES (?,?,?,?,?,?,0,'',x'',?)");
  if (!statement) return statement.error();
  bind_scope(*statement, 1, scope);
  statement->bind_blob(4, blob_of(wanted.fingerprint));
  statement->bind(5, kReserved);
  statement->bind(6, wanted.owner);
  statement->bind(7, wanted.created_unix_us);
  if (auto ran = statement->run(); !ran) return ran.error();
  return wanted;
}

Result<void> IdempotencyTable::keep(const IdempotencyScope& scope, const KeptAnswer& answer) {
  auto statement = database_.prepare(
      "UPDATE answers SET state = ?, streamed = ?, head = ?, body = ?, created_us = ?"
      " WHERE tenant = ? AND path = ? AND key = ? AND owner = ? AND state = ?");
  if (!statement) return statement.error();
  statement->bind(1, static_cast<std::int64_t>(answer.state));
  statement->bind(2, std::int64_t{answer.streamed});
  statement->bind(3, answer.head);
  statement->bind_blob(4, blob_of(answer.body));
  statement->bind(5, answer.created_unix_us);
  bind_scope(*statement, 6, scope);
  statement->bind(9, answer.owner);
  statement->bind(10, kReserved);
  if (auto ran = statement->run(); !ran) return ran;
  if (database_.changes() > 0) return {};
  return base::fail(Errc::conflict, "the idempotency key is not reserved by this call any more");
}

Result<void> IdempotencyTable::release(const IdempotencyScope& scope, std::string_view owner) {
  auto statement = database_.prepare(
      "DELETE FROM answers"
      " WHERE tenant = ? AND path = ? AND key = ? AND owner = ? AND state = ?");
  if (!statement) return statement.error();
  bind_scope(*statement, 1, scope);
  statement->bind(4, owner);
  statement->bind(5, kReserved);
  return statement->run();
}

Result<std::int64_t> IdempotencyTable::release_all() {
  auto statement = database_.prepare("DELETE FROM answers WHERE state = ?");
  if (!statement) return statement.error();
  statement->bind(1, kReserved);
  if (auto ran = statement->run(); !ran) return ran.error();
  return database_.changes();
}

Result<std::int64_t> IdempotencyTable::expire(std::int64_t before_unix_us, std::int64_t rows_max) {
  auto statement = database_.prepare(
      "DELETE FROM answers WHERE (tenant, path, key) IN"
      " (SELECT tenant, path, key FROM answers WHERE created_us < ? LIMIT ?)");
  if (!statement) return statement.error();
  statement->bind(1, before_unix_us);
  statement->bind(2, rows_max);
  if (auto ran = statement->run(); !ran) return ran.error();
  return database_.changes();
}

}  // namespace headgate::storage
