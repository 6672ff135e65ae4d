// Stored answers as rows, by tenant and id. What an entry says is the codec's business
// (llm/responses/stored.h). One thread at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/sqlite.h"

namespace headgate::storage {

struct StoredResponse {
  std::string id;
  std::string tenant;
  std::string previous;  // the one it went on from; empty: none
  std::string entry;     // JSON
  std::int64_t created_unix_us = 0;

  friend bool operator==(const StoredResponse&, const StoredResponse&) = default;
};

/// Of one conversation, which is read into memory as a whole.
struct ChainLimits {
  std::size_t responses_max = 1'000;
  std::size_t bytes_max = 64 * 1024 * 1024;
};

class ResponseTable {
 public:
  static base::Result<ResponseTable> open(const std::string& folder);

  /// Errc::conflict when the tenant has one of this id.
  base::Result<void> insert(const StoredResponse& response);
  /// Errc::not_found when the tenant has none of this id.
  base::Result<StoredResponse> find(std::string_view tenant, std::string_view id);
  /// `id` and what it went on from, oldest first; empty when the tenant has none of this id.
  /// Errc::not_found when one before it is gone, Errc::invalid_request beyond `limits`.
  base::Result<std::vector<StoredResponse>> chain(std::string_view tenant, std::string_view id,
                                                  const ChainLimits& limits = {});
  /// Whether there was one.
  base::Result<bool> erase(std::string_view tenant, std::string_view id);
  /// Forgets what is older, at most `rows_max` of it. How many there were.
  base::Result<std::int64_t> expire(std::int64_t before_unix_us, std::int64_t rows_max);

 private:
  explicit ResponseTable(Database database) : database_(std::move(database)) {}
  Database database_;
};

}  // namespace headgate::storage
