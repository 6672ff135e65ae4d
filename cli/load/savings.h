// What the providers' prompt caches have saved: tokens that were read from there, at the difference
// of the two prices in the price book of a configuration. Immutable once loaded.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/money.h"
#include "base/result.h"
#include "cost/price_book.h"

namespace headgate::cli {

class Savings {
 public:
  /// Errors (config_invalid): one line a mistake; also when it has no price book.
  static base::Result<Savings> load(const std::string& config);

  /// Nothing: the model (as its provider calls it) has no price.
  std::optional<base::Picodollars> of(const std::string& model, std::int64_t cached_tokens,
                                      std::int64_t unix_us) const;

 private:
  std::shared_ptr<const cost::PriceBook> book_;
  std::map<std::string, std::pair<std::string, std::string>> priced_;  // → provider, its entry
};

}  // namespace headgate::cli
