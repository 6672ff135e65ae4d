// Databases of one schema: made when they are new, refused when they are newer than the program.
// What is written in many versions goes from one to the next by migrations.h. On the thread that
// owns the database.
#pragma once

#include <cstdint>

#include "storage/sqlite.h"

namespace headgate::storage {

/// In a transaction. `create` sets user_version to `schema`. Errors: storage_failed.
base::Result<void> create_if_new(Database& database, std::int64_t schema, const char* create);

}  // namespace headgate::storage
