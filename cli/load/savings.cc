#include "cli/load/savings.h"

#include <utility>

#include "server/config.h"

namespace headgate::cli {

using base::Errc;
using base::fail;
using base::Result;

Result<Savings> Savings::load(const std::string& config) {
  const auto loaded = server::load_config(config, base::config::Check::file_only);
  std::string problems;
  for (const auto& problem : loaded.problems) problems += "\n" + problem.text(config);
  if (!loaded.ok()) return fail(Errc::config_invalid, "--config: " + problems);
  const auto& path = loaded.value.cost.price_book;
  if (path.empty()) {
    return fail(Errc::config_invalid, "--config: " + config + " has no cost.price_book");
  }
  auto book = cost::PriceBook::load(path.string());
  if (!book) return book.error();
  Savings out;
  out.book_ = std::make_shared<const cost::PriceBook>(std::move(*book));
  for (const auto& [name, model] : loaded.value.models) {
    const std::string upstream = model.upstream_model.empty() ? name : model.upstream_model;
    const std::string priced = model.price.empty() ? upstream : model.price;
    out.priced_.emplace(upstream, std::pair{model.provider, priced});
  }
  return out;
}

std::optional<base::Picodollars> Savings::of(const std::string& model, std::int64_t cached_tokens,
                                             std::int64_t unix_us) const {
  const auto at = priced_.find(model);
  const cost::Price* price = nullptr;
  if (at != priced_.end()) {
    price = book_->find(at->second.first, at->second.second, unix_us);
  } else {  // a snapshot's name, of any of the providers
    for (const auto& [name, entry] : priced_) {
      if (price == nullptr) price = book_->find(entry.first, model, unix_us);
    }
  }
  if (price == nullptr || !price->tiers[0]) return std::nullopt;
  const cost::Rates& rates = price->tiers[0]->rates;
  return cached_tokens * (rates.input - rates.cached_input);
}

}  // namespace headgate::cli
