// What tokens cost: a YAML file of dollars per million tokens, by provider, model and date, turned
// into integer picodollars per token. Unknown models are unpriced (nothing), never free. Immutable
// after parsing: shared as a snapshot, safe from any thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/money.h"
#include "base/result.h"
#include "base/usage.h"
#include "cost/price.h"

namespace headgate::cost {

class PriceBook {
 public:
  /// Errors: config_invalid; detail has one line a mistake, each "file:line:column: what".
  static base::Result<PriceBook> parse(std::string_view yaml, std::string_view file);
  /// Errors: config_invalid, as parse(); also when the file cannot be read.
  static base::Result<PriceBook> load(const std::string& path);

  /// The price in force at `unix_us`; null when there is none. A name or alias counts before a
  /// dated snapshot ("gpt-4o-2024-08-06", "…-20240806") of a model whose entry says `snapshots:
  /// true`.
  const Price* find(std::string_view provider, std::string_view model, std::int64_t unix_us) const;

  /// cost_of() the price in force. Nothing when there is none.
  std::optional<base::Picodollars> price(std::string_view provider, std::string_view model,
                                         const base::Usage& usage, std::int64_t unix_us) const;

  std::size_t size() const { return models_.size(); }

 private:
  struct Model {
    std::vector<Price> prices;  // by date
    bool snapshots = false;
  };
  class Reader;
  static std::string key(std::string_view provider, std::string_view name);
  const Model* model(std::string_view provider, std::string_view name) const;

  std::vector<Model> models_;
  std::map<std::string, std::size_t> names_;  // key() → index into models_; aliases too
};

}  // namespace headgate::cost
