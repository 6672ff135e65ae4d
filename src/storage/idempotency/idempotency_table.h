// Answers of calls with an Idempotency-Key as rows, by tenant, path and key: reserved by whoever is
// about to make the call, then kept or released by the same. A reservation never hinders another:
// who may call at the same time is decided in memory (gateway/idempotency), so one that is found
// here is of somebody who gave up. One thread at a time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "storage/sqlite.h"

namespace headgate::storage {

struct IdempotencyScope {
  std::string tenant;
  std::string path;  // of the endpoint
  std::string key;

  friend auto operator<=>(const IdempotencyScope&, const IdempotencyScope&) = default;
};

/// Stored as a number: append only.
enum class IdempotencyState : std::uint8_t { reserved, kept, too_large };

struct KeptAnswer {
  IdempotencyState state = IdempotencyState::reserved;
  std::string fingerprint;  // of the request, 32 bytes
  std::string owner;        // who reserved it: a name that is never used again
  bool streamed = false;
  std::string head;  // "name: value\r\n"…
  std::string body;
  std::int64_t created_unix_us = 0;

  friend bool operator==(const KeptAnswer&, const KeptAnswer&) = default;
};

class IdempotencyTable {
 public:
  static base::Result<IdempotencyTable> open(const std::string& folder);

  /// Takes the key for `wanted.owner`, unless there is an answer, not older than `after_unix_us`:
  /// that is returned. What is returned is `reserved` when the key is now the owner's.
  base::Result<KeptAnswer> reserve(const IdempotencyScope& scope, const KeptAnswer& wanted,
                                   std::int64_t after_unix_us);
  /// Errc::conflict when the key is not reserved by `answer.owner`.
  base::Result<void> keep(const IdempotencyScope& scope, const KeptAnswer& answer);
  /// Forgets the reservation, if it is still `owner`'s.
  base::Result<void> release(const IdempotencyScope& scope, std::string_view owner);
  /// Forgets all reservations, of whomever: their process has died. How many there were.
  base::Result<std::int64_t> release_all();
  /// Forgets what is older, at most `rows_max` of it. How many there were.
  base::Result<std::int64_t> expire(std::int64_t before_unix_us, std::int64_t rows_max);

 private:
  explicit IdempotencyTable(Database database) : database_(std::move(database)) {}
  base::Result<KeptAnswer> find(const IdempotencyScope& scope);
  Database database_;
};

}  // namespace headgate::storage
