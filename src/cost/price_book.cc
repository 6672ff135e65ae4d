#include "cost/price_book.h"

#include <algorithm>

namespace headgate::cost {
namespace {

bool all_digits(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// "gpt-4o" from "gpt-4o-2024-08-06" or "gpt-4o-20240806"; empty when there is no date at the end.
std::string_view without_date(std::string_view name) {
  constexpr std::size_t kDashed = sizeof("-2024-08-06") - 1;
  constexpr std::size_t kPlain = sizeof("-20240806") - 1;
  if (name.size() > kPlain) {
    const std::string_view date = name.substr(name.size() - kPlain);
    if (date[0] == '-' && all_digits(date.substr(1))) return name.substr(0, name.size() - kPlain);
  }
  if (name.size() <= kDashed) return {};
  const std::string_view date = name.substr(name.size() - kDashed);
  const bool dated = date[0] == '-' && all_digits(date.substr(1, 4)) && date[5] == '-' &&
                     all_digits(date.substr(6, 2)) && date[8] == '-' && all_digits(date.substr(9));
  return dated ? name.substr(0, name.size() - kDashed) : std::string_view();
}

}  // namespace

// A name holds no blank (the reader sees to it), so the key is unambiguous.
std::string PriceBook::key(std::string_view provider, std::string_view name) {
  std::string out;
  out.reserve(provider.size() + 1 + name.size());
  return out.append(provider).append(" ").append(name);
}

const PriceBook::Model* PriceBook::model(std::string_view provider, std::string_view name) const {
  const auto found = names_.find(key(provider, name));
  return found == names_.end() ? nullptr : &models_[found->second];
}

const Price* PriceBook::find(std::string_view provider, std::string_view model_name,
                             std::int64_t unix_us) const {
  const Model* found = model(provider, model_name);
  if (found == nullptr) {
    found = model(provider, without_date(model_name));
    if (found == nullptr || !found->snapshots) return nullptr;
  }
  const auto next =
      std::upper_bound(found->prices.begin(), found->prices.end(), unix_us,
                       [](std::int64_t at, const Price& price) { return at < price.from_unix_us; });
  return next == found->prices.begin() ? nullptr : &*std::prev(next);
}

std::optional<base::Picodollars> PriceBook::price(std::string_view provider,
                                                  std::string_view model_name,
                                                  const base::Usage& usage,
                                                  std::int64_t unix_us) const {
  const Price* found = find(provider, model_name, unix_us);
  if (found == nullptr) return std::nullopt;
  return cost_of(*found, usage);
}

}  // namespace headgate::cost
