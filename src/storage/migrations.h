// The schema of headgate.db and how an older one becomes today's: an ordered list of steps, applied
// in one transaction by whoever opens the database for writing. A database written by a newer
// Headgate is refused.
#pragma once

#include <string>

#include "base/result.h"
#include "storage/sqlite.h"

namespace headgate::storage {

/// Number of the newest schema; stored in the database's user_version.
int schema_version();

/// Brings `database` to the newest schema. Safe when two processes do it at once.
base::Result<void> migrate(Database& database);

/// An error that says what to do unless the schema is exactly the newest; for read-only
/// connections.
base::Result<void> check_schema(Database& database);

std::string database_path(const std::string& folder);

/// Opens the storage folder's database for writing: created if need be, WAL, newest schema.
base::Result<Database> open_database(const std::string& folder);

}  // namespace headgate::storage
