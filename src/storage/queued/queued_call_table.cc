#include "storage/queued/queued_call_table.h"

#include <utility>

#include "storage/blob_text.h"
#include "storage/folder_lock.h"
#include "storage/new_database.h"

namespace headgate::storage {

using base::Errc;
using base::Result;

namespace {

constexpr std::int64_t kSchema = 1;
constexpr std::int64_t kWaiting = 0;
constexpr std::int64_t kDone = 1;
constexpr const char* kCreate = R"sql(
CREATE TABLE calls (
  id TEXT PRIMARY KEY,
  owner TEXT NOT NULL,
  route TEXT NOT NULL,
  state INTEGER NOT NULL,
  tries INTEGER NOT NULL,
  due_us INTEGER NOT NULL,
  created_us INTEGER NOT NULL,
  expires_us INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  status INTEGER NOT NULL,
  asked TEXT NOT NULL,
  head TEXT NOT NULL,
  body BLOB NOT NULL
);
CREATE INDEX calls_by_turn ON calls (due_us) WHERE state = 0;
CREATE INDEX calls_by_route ON calls (route, bytes);
CREATE INDEX calls_by_age ON calls (expires_us);
PRAGMA user_version = 1;
)sql";

base::Error full(const std::string& route) {
  return base::fail(Errc::overloaded, "route \"" + route + "\" has as many queued calls as it may");
}

}  // namespace

Result<QueuedCallTable> QueuedCallTable::open(const std::string& folder,
                                              std::shared_ptr<QueueCounts> counts) {
  const auto created = create_folder(folder);
  if (!created) return created.error();
  auto database = Database::open(folder + "/queued.db", Database::Access::read_write);
  if (!database) return database.error();
  const auto set = database->execute(
      "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-2048;"
      "PRAGMA temp_store=MEMORY; PRAGMA secure_delete=ON");
  if (!set) return set.error();
  if (auto ready = create_if_new(*database, kSchema, kCreate); !ready) return ready.error();
  // What was taken when the process died is due, and so is what was put off for its outage.
  const auto due = database->execute("UPDATE calls SET due_us = 0 WHERE state = 0");
  if (!due) return due.error();
  QueuedCallTable out(std::move(*database), std::move(counts));
  if (auto counted = out.count_waiting(); !counted) return counted.error();
  return out;
}

Result<void> QueuedCallTable::count_waiting() {
  const auto waiting = database_.integer("SELECT count(*) FROM calls WHERE state = 0");
  if (!waiting) return waiting.error();
  counts_->waiting = *waiting;
  return {};
}

Result<void> QueuedCallTable::check_room(const QueuedCall& call, const QueueLimits& limits) {
  auto statement = database_.prepare("SELECT count(*), sum(bytes) FROM calls WHERE route = ?");
  if (!statement) return statement.error();
  statement->bind(1, call.route);
  const auto row = statement->step();
  if (!row) return row.error();
  const auto bytes = static_cast<std::int64_t>(call.body.size());
  const bool has_room =
      statement->integer(0) < limits.calls_max && statement->integer(1) + bytes <= limits.bytes_max;
  return has_room ? Result<void>{} : full(call.route);
}

Result<void> QueuedCallTable::insert(const QueuedCall& call, const QueueLimits& limits) {
  if (auto room = check_room(call, limits); !room) return room;
  auto statement = database_.prepare(
      "INSERT INTO calls (id, owner, route, state, tries, due_us, created_us, expires_us, bytes,"
      " status, asked, head, body) VALUES (?,?,?,?,0,?,?,?,?,0,?,'',?)");
  if (!statement) return statement.error();
  statement->bind(1, call.id);
  statement->bind(2, call.owner);
  statement->bind(3, call.route);
  statement->bind(4, kWaiting);
  statement->bind(5, call.created_unix_us);
  statement->bind(6, call.created_unix_us);
  statement->bind(7, call.expires_unix_us);
  statement->bind(8, static_cast<std::int64_t>(call.body.size()));
  statement->bind(9, call.asked);
  statement->bind_blob(10, blob_of(call.body));
  if (auto ran = statement->run(); !ran) return ran;
  ++counts_->queued_total;
  return count_waiting();
}

Result<std::vector<QueuedCall>> QueuedCallTable::take(std::int64_t now_unix_us,
                                                      std::int64_t again_unix_us,
                                                      std::int64_t calls_max) {
  auto transaction = Transaction::begin(database_);
  if (!transaction) return transaction.error();
  auto due = database_.prepare(
      "SELECT id, owner, route, asked, body, tries, created_us, expires_us FROM calls"
      " WHERE state = 0 AND due_us <= ? AND expires_us > ? ORDER BY due_us, created_us LIMIT ?");
  if (!due) return due.error();
  due->bind(1, now_unix_us);
  due->bind(2, now_unix_us);
  due->bind(3, calls_max);
  std::vector<QueuedCall> out;
  while (true) {
    const auto row = due->step();
    if (!row) return row.error();
    if (!*row) break;
    out.push_back({std::string(due->text(0)), std::string(due->text(1)), std::string(due->text(2)),
                   std::string(due->text(3)), text_of(due->blob(4)),
                   static_cast<int>(due->integer(5)), due->integer(6), due->integer(7)});
  }
  for (const QueuedCall& call : out) {
    if (auto put = put_back(call.id, again_unix_us, false); !put) return put.error();
  }
  if (auto done = transaction->commit(); !done) return done.error();
  return out;
}

Result<void> QueuedCallTable::put_back(std::string_view id, std::int64_t due_unix_us, bool tried) {
  auto statement = database_.prepare(
      "UPDATE calls SET due_us = ?, tries = tries + ? WHERE id = ? AND state = 0");
  if (!statement) return statement.error();
  statement->bind(1, due_unix_us);
  statement->bind(2, std::int64_t{tried});
  statement->bind(3, id);
  return statement->run();
}

Result<void> QueuedCallTable::finish(std::string_view id, const QueuedReply& reply) {
  auto statement = database_.prepare(
      "UPDATE calls SET state = ?, status = ?, head = ?, body = ?, bytes = ?, asked = ''"
      " WHERE id = ? AND state = 0");
  if (!statement) return statement.error();
  statement->bind(1, kDone);
  statement->bind(2, std::int64_t{reply.status});
  statement->bind(3, reply.head);
  statement->bind_blob(4, blob_of(reply.body));
  statement->bind(5, static_cast<std::int64_t>(reply.body.size()));
  statement->bind(6, id);
  if (auto ran = statement->run(); !ran) return ran;
  if (database_.changes() > 0) ++counts_->done_total;
  return count_waiting();
}

Result<QueuedReply> QueuedCallTable::find(std::string_view owner, std::string_view id,
                                          std::int64_t now_unix_us) {
  auto statement = database_.prepare(
      "SELECT state, status, head, CASE state WHEN 0 THEN x'' ELSE body END, created_us,"
      " expires_us FROM calls WHERE id = ? AND owner = ? AND expires_us > ?");
  if (!statement) return statement.error();
  statement->bind(1, id);
  statement->bind(2, owner);
  statement->bind(3, now_unix_us);
  const auto row = statement->step();
  if (!row) return row.error();
  if (!*row) return base::fail(Errc::not_found, "no such queued call");
  return QueuedReply{statement->integer(0) == kDone,  static_cast<int>(statement->integer(1)),
                     std::string(statement->text(2)), text_of(statement->blob(3)),
                     statement->integer(4),           statement->integer(5)};
}

Result<std::int64_t> QueuedCallTable::expire(std::int64_t before_unix_us, std::int64_t rows_max) {
  auto statement = database_.prepare(
      "DELETE FROM calls WHERE id IN (SELECT id FROM calls WHERE expires_us <= ? LIMIT ?)"
      " RETURNING state");
  if (!statement) return statement.error();
  statement->bind(1, before_unix_us);
  statement->bind(2, rows_max);
  std::int64_t gone = 0;
  while (true) {
    const auto row = statement->step();
    if (!row) return row.error();
    if (!*row) break;
    ++gone;
    if (statement->integer(0) == kWaiting) ++counts_->given_up_total;
  }
  if (gone == 0) return gone;
  if (auto counted = count_waiting(); !counted) return counted.error();
  return gone;
}

}  // namespace headgate::storage
