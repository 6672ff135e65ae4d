#include "storage/key_table.h"

#include <simdjson.h>

#include <utility>

#include "base/text/strings.h"
#include "storage/folder_lock.h"
#include "storage/migrations.h"

namespace headgate::storage {
namespace {

std::string to_json(const std::vector<std::string>& texts) {
  std::string out = "[";
  for (const std::string& text : texts) {
    if (out.size() > 1) out += ',';
    base::append_json_string(out, text);
  }
  return out + "]";
}

// Nothing when `json` is not an array of strings: someone edited the table by hand.
std::optional<std::vector<std::string>> from_json(std::string_view json) {
  simdjson::dom::parser parser;
  simdjson::dom::array array;
  const simdjson::padded_string padded(json);
  if (parser.parse(padded).get(array) != simdjson::SUCCESS) return std::nullopt;
  std::vector<std::string> texts;
  for (const simdjson::dom::element element : array) {
    std::string_view text;
    if (element.get(text) != simdjson::SUCCESS) return std::nullopt;
    texts.emplace_back(text);
  }
  return texts;
}

std::span<const std::uint8_t> as_blob(const std::string& bytes) {
  return {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
}

std::string from_blob(std::span<const std::uint8_t> bytes) { return {bytes.begin(), bytes.end()}; }

}  // namespace

KeyTable::KeyTable(Database database, Statement version)
    : database_(std::move(database)), version_(std::move(version)) {}

base::Result<KeyTable> KeyTable::open(const std::string& folder) {
  const auto created = create_folder(folder);
  if (!created) return created.error();
  auto database = open_database(folder);
  if (!database) return database.error();
  auto version = database->prepare("SELECT value FROM meta WHERE name = 'keys_version'");
  if (!version) return version.error();
  return KeyTable(std::move(*database), std::move(*version));
}

base::Result<std::int64_t> KeyTable::version() {
  const auto row = version_.step();
  if (!row) return row.error();
  const std::int64_t value = *row ? version_.integer(0) : 0;
  version_.reset();
  return value;
}

base::Result<std::vector<KeyRow>> KeyTable::list() {
  auto rows = database_.prepare(
      "SELECT id, prefix, salt, hash, user, tenant, tier, scopes, models, created_us, revoked_us"
      " FROM keys ORDER BY created_us, id");
  if (!rows) return rows.error();
  std::vector<KeyRow> keys;
  for (;;) {
    const auto row = rows->step();
    if (!row) return row.error();
    if (!*row) return keys;
    auto scopes = from_json(rows->text(7));
    auto models = from_json(rows->text(8));
    if (!scopes || !models) {
      return base::fail(base::Errc::storage_failed,
                        database_.path() + ": scopes or models of key " +
                            std::string(rows->text(0)) + " are no JSON array of strings");
    }
    KeyRow key{.id = std::string(rows->text(0)),
               .prefix = std::string(rows->text(1)),
               .salt = from_blob(rows->blob(2)),
               .hash = from_blob(rows->blob(3)),
               .user = std::string(rows->text(4)),
               .tenant = std::string(rows->text(5)),
               .tier = std::string(rows->text(6)),
               .scopes = std::move(*scopes),
               .models = std::move(*models),
               .created_unix_us = rows->integer(9),
               .revoked_unix_us = rows->optional_integer(10)};
    keys.push_back(std::move(key));
  }
}

base::Result<void> KeyTable::insert(const KeyRow& key) {
  auto statement = database_.prepare(
      "INSERT INTO keys (id, prefix, salt, hash, user, tenant, tier, scopes, models, created_us,"
      " revoked_us) VALUES (?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT (id) DO NOTHING");
  if (!statement) return statement.error();
  const std::string scopes = to_json(key.scopes);
  const std::string models = to_json(key.models);
  statement->bind(1, key.id);
  statement->bind(2, key.prefix);
  statement->bind_blob(3, as_blob(key.salt));
  statement->bind_blob(4, as_blob(key.hash));
  statement->bind(5, key.user);
  statement->bind(6, key.tenant);
  statement->bind(7, key.tier);
  statement->bind(8, scopes);
  statement->bind(9, models);
  statement->bind(10, key.created_unix_us);
  if (key.revoked_unix_us) statement->bind(11, *key.revoked_unix_us);
  return change(*statement, key.id, "there is a key with this id already", base::Errc::conflict);
}

base::Result<void> KeyTable::revoke(std::string_view id, std::int64_t now_unix_us) {
  auto statement =
      database_.prepare("UPDATE keys SET revoked_us = coalesce(revoked_us, ?1) WHERE id = ?2");
  if (!statement) return statement.error();
  statement->bind(1, now_unix_us);
  statement->bind(2, id);
  return change(*statement, id, "no such key; `headgate key list` shows them",
                base::Errc::not_found);
}

// Runs `statement` and raises the version in one transaction; an error when it changed no row.
base::Result<void> KeyTable::change(Statement& statement, std::string_view id,
                                    const char* unchanged, base::Errc code) {
  auto transaction = Transaction::begin(database_);
  if (!transaction) return transaction.error();
  const auto ran = statement.run();
  if (!ran) return ran.error();
  if (database_.changes() == 0) return base::fail(code, std::string(id) + ": " + unchanged);
  const auto raised =
      database_.execute("UPDATE meta SET value = value + 1 WHERE name = 'keys_version'");
  if (!raised) return raised.error();
  return transaction->commit();
}

}  // namespace headgate::storage
