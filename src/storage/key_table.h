// The API keys as rows: security makes and checks them, this only keeps them. Any number of
// processes may have it open; version() tells a running server that the CLI has changed something.
// One thread at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/sqlite.h"

namespace headgate::storage {

struct KeyRow {
  std::string id;      // public
  std::string prefix;  // first characters of the secret, shown to people
  std::string salt;    // bytes
  std::string hash;    // bytes; of salt and secret, never the secret
  std::string user;
  std::string tenant;
  std::string tier;
  std::vector<std::string> scopes;
  std::vector<std::string> models;  // empty: all
  std::int64_t created_unix_us = 0;
  std::optional<std::int64_t> revoked_unix_us;

  friend bool operator==(const KeyRow&, const KeyRow&) = default;
};

class KeyTable {
 public:
  /// Creates folder and database if need be, for a key may be made before the first start of a
  /// server.
  static base::Result<KeyTable> open(const std::string& folder);

  /// Changes with every insert and revoke, from any process. Cheap: meant to be asked once a
  /// second.
  base::Result<std::int64_t> version();

  base::Result<std::vector<KeyRow>> list();  // oldest first, revoked ones included
  /// Errc::conflict when there is a key of this id.
  base::Result<void> insert(const KeyRow& row);
  /// Errc::not_found when there is no such key; revoking twice keeps the first time.
  base::Result<void> revoke(std::string_view id, std::int64_t now_unix_us);

 private:
  KeyTable(Database database, Statement version);
  base::Result<void> change(Statement& statement, std::string_view id, const char* unchanged,
                            base::Errc code);

  Database database_;
  Statement version_;
};

}  // namespace headgate::storage
