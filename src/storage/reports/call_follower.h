// New calls as they are stored: remembers of each day how far it has read, and reads on from there,
// over midnight too. For `headgate tail` and `headgate top`. One thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "storage/partitions/day.h"
#include "storage/query/expression.h"
#include "storage/traces/partition_reader.h"
#include "storage/traces/stored_exchange.h"

namespace headgate::storage {

class CallFollower {
 public:
  explicit CallFollower(std::string folder) : folder_(std::move(folder)) {}

  /// What is stored now counts as read.
  base::Result<void> skip_to_end();
  /// So does what was stored before about `unix_us`.
  base::Result<void> skip_before(std::int64_t unix_us);

  /// Heads of at most `count` calls that fit, in the order of storing.
  base::Result<std::vector<StoredExchange>> next(const query::Expression& where,
                                                 std::int64_t count);

  /// Calls `take` with each partition that may have something new and the last row that was read of
  /// it; `take` returns the last that is read now.
  using Take = std::function<base::Result<std::int64_t>(PartitionReader&, std::int64_t after)>;
  base::Result<void> for_each_new(const Take& take);

 private:
  std::string folder_;
  std::map<Day, std::int64_t> read_;  // up to which row
};

}  // namespace headgate::storage
