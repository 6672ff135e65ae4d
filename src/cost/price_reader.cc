#include "cost/price_reader.h"

#include <array>
#include <string>
#include <utility>

#include "base/text/strings.h"

namespace headgate::cost {

using base::config::Cursor;

namespace {

constexpr std::int64_t kMillion = 1'000'000;
constexpr Lot kTokens{kMillion, "million tokens", "a token"};
constexpr Lot kSearches{1'000, "thousand searches", "a search"};

constexpr std::array<std::string_view, base::kServiceTierCount> kTiers = {
    "standard", "batch", "flex", "priority", "scale", "fast", "ultrafast"};
constexpr std::array<std::string_view, 12> kPriceKeys = {
    "from",   "input",       "cached_input", "cache_write",  "cache_write_long",
    "output", "input_audio", "cached_audio", "output_audio", "web_search",
    "above",  "tiers"};
constexpr std::array<std::string_view, 11> kTierKeys = {
    "multiply",         "input",      "cached_input", "cache_write",
    "cache_write_long", "output",     "input_audio",  "cached_audio",
    "output_audio",     "web_search", "above"};
constexpr std::array<std::string_view, 10> kAboveKeys = {
    "input_tokens", "input",       "cached_input", "cache_write",  "cache_write_long",
    "output",       "input_audio", "cached_audio", "output_audio", "web_search"};

Rates read_rates(YamlReader& yaml, const Cursor& at) {
  Rates out;
  out.input = yaml.dollars(at["input"], kTokens).value_or(0);
  out.output = yaml.dollars(at["output"], kTokens).value_or(0);
  const auto optional = [&](std::string_view name, const Lot& lot) {
    const Cursor value = at[name];
    return value.present() ? yaml.dollars(value, lot) : std::nullopt;
  };
  out.cached_input = optional("cached_input", kTokens).value_or(out.input);
  out.cache_write = optional("cache_write", kTokens).value_or(out.input);
  out.cache_write_long = optional("cache_write_long", kTokens);
  out.input_audio = optional("input_audio", kTokens);
  out.cached_audio = optional("cached_audio", kTokens);
  out.output_audio = optional("output_audio", kTokens);
  out.web_search = optional("web_search", kSearches);
  return out;
}

LongRates read_above(YamlReader& yaml, const Cursor& at) {
  LongRates out;
  if (!yaml.is_map(at, kAboveKeys)) return out;
  const std::string* tokens = yaml.scalar(at["input_tokens"]);
  const auto count = tokens == nullptr ? std::nullopt : base::parse_u64(*tokens);
  if (tokens != nullptr && (!count || *count == 0 || *count > INT64_MAX)) {
    yaml.problems().add(at["input_tokens"], "a number of tokens is expected here, as in 200000");
  }
  out.input_tokens = static_cast<std::int64_t>(count.value_or(0));
  out.rates = read_rates(yaml, at);
  return out;
}

Schedule read_schedule(YamlReader& yaml, const Cursor& at) {
  Schedule out;
  out.rates = read_rates(yaml, at);
  const Cursor above = at["above"];
  if (!above.present() || !yaml.is_list(above)) return out;
  for (std::size_t i = 0; i < above.size(); ++i) {
    const LongRates next = read_above(yaml, above.child(i));
    if (!out.above.empty() && next.input_tokens <= out.above.back().input_tokens) {
      yaml.problems().add(above.child(i)["input_tokens"], "steps go from the shortest up");
    }
    out.above.push_back(next);
  }
  return out;
}

// Scales by a decimal such as 0.5, given in millionths.
class Scale {
 public:
  explicit Scale(std::int64_t millionths) : millionths_(millionths) {}
  bool exact() const { return exact_; }
  Schedule of(const Schedule& schedule) {
    Schedule out = schedule;
    apply(out.rates);
    for (LongRates& step : out.above) apply(step.rates);
    return out;
  }

 private:
  void apply(Rates& rates) {
    for (auto* rate : {&rates.input, &rates.cached_input, &rates.cache_write, &rates.output}) {
      *rate = times(*rate);
    }
    for (auto* rate :
         {&rates.cache_write_long, &rates.input_audio, &rates.cached_audio, &rates.output_audio}) {
      if (*rate) *rate = times(**rate);
    }
  }
  base::Picodollars times(base::Picodollars rate) {
    std::int64_t product = 0;
    exact_ =
        exact_ && !__builtin_mul_overflow(rate, millionths_, &product) && product % kMillion == 0;
    return product / kMillion;
  }

  std::int64_t millionths_;
  bool exact_ = true;
};

std::optional<Schedule> read_tier(YamlReader& yaml, const Cursor& at, const Schedule& standard) {
  if (!yaml.is_map(at, kTierKeys)) return std::nullopt;
  const Cursor multiply = at["multiply"];
  if (!multiply.present()) return read_schedule(yaml, at);
  if (at.size() > 1) {
    yaml.problems().add(multiply, "a tier has either `multiply` or prices of its own");
    return std::nullopt;
  }
  const std::string* text = yaml.scalar(multiply);
  const auto factor = text == nullptr ? std::nullopt : base::parse_dollars(*text);
  const std::int64_t millionths = factor.value_or(0) / kMillion;
  if (!factor || millionths < 0 || millionths > 100 * kMillion || *factor % kMillion != 0) {
    if (text != nullptr) yaml.problems().add(multiply, "a factor is expected here, as in \"0.5\"");
    return std::nullopt;
  }
  Scale scale(millionths);
  Schedule out = scale.of(standard);
  if (!scale.exact()) {
    yaml.problems().add(multiply, "gives prices that are no whole number of picodollars a token");
  }
  return out;
}

void read_tiers(YamlReader& yaml, const Cursor& at, Price& price) {
  const auto known = std::span(kTiers).subspan(1);
  if (!yaml.is_map(at, known)) return;
  for (std::size_t i = 1; i < kTiers.size(); ++i) {
    const Cursor tier = at[kTiers[i]];
    if (tier.present()) price.tiers[i] = read_tier(yaml, tier, *price.tiers[0]);
  }
}

}  // namespace

Price read_price(YamlReader& yaml, const Cursor& at, bool first) {
  Price out;
  out.from_unix_us = INT64_MIN;
  out.tiers[0].emplace();
  if (!yaml.is_map(at, kPriceKeys)) return out;
  const Cursor from = at["from"];
  if (from.present()) {
    out.from_unix_us = yaml.date(from).value_or(INT64_MIN);
  } else if (!first) {
    yaml.problems().add(from, "missing: only the first price of a model may be without a date");
  }
  out.tiers[0] = read_schedule(yaml, at);
  if (at["tiers"].present()) read_tiers(yaml, at["tiers"], out);
  return out;
}

}  // namespace headgate::cost
