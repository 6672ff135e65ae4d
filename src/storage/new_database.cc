#include "storage/new_database.h"

namespace headgate::storage {

base::Result<void> create_if_new(Database& database, std::int64_t schema, const char* create) {
  auto transaction = Transaction::begin(database);
  if (!transaction) return transaction.error();
  const auto version = database.integer("PRAGMA user_version");
  if (!version) return version.error();
  if (*version == schema) return {};
  if (*version > schema) {
    return base::fail(base::Errc::storage_failed,
                      database.path() +
                          ": written by a newer Headgate; upgrade the program, or use another "
                          "storage folder");
  }
  const auto created = database.execute(create);
  if (!created) return created.error();
  return transaction->commit();
}

}  // namespace headgate::storage
