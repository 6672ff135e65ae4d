#include "cost/price.h"

#include <algorithm>

namespace headgate::cost {
namespace {

// A sum that knows when it is not one: a price was missing or a number did not fit.
class Sum {
 public:
  void add(std::int64_t count, std::optional<base::Picodollars> rate) {
    if (count == 0) return;
    base::Picodollars product = 0;
    known_ = known_ && rate && !__builtin_mul_overflow(count, *rate, &product) &&
             !__builtin_add_overflow(sum_, product, &sum_);
  }
  std::optional<base::Picodollars> value() const {
    return known_ ? std::optional(sum_) : std::nullopt;
  }

 private:
  base::Picodollars sum_ = 0;
  bool known_ = true;
};

bool is_consistent(const base::Usage& u) {
  for (const std::int64_t count :
       {u.input, u.cached, u.cache_write, u.output, u.reasoning, u.cache_write_long, u.input_audio,
        u.cached_audio, u.output_audio, u.web_searches}) {
    if (count < 0) return false;
  }
  return u.cached <= u.input && u.cache_write <= u.input - u.cached &&
         u.cache_write_long <= u.cache_write && u.cached_audio <= u.cached &&
         u.cached_audio <= u.input_audio &&
         u.input_audio - u.cached_audio <= u.input - u.cached - u.cache_write &&
         u.output_audio <= u.output;
}

}  // namespace

const Rates& Schedule::rates_for(std::int64_t input_tokens) const {
  const Rates* found = &rates;
  for (const LongRates& step : above) {
    if (input_tokens > step.input_tokens) found = &step.rates;
  }
  return *found;
}

std::optional<base::Picodollars> cost_of(const Price& price, const base::Usage& usage) {
  const auto& schedule = price.tiers[static_cast<std::size_t>(usage.tier)];
  if (!schedule || usage.incomplete || !is_consistent(usage)) return std::nullopt;
  const Rates& rates = schedule->rates_for(usage.input);
  const std::int64_t fresh_audio = usage.input_audio - usage.cached_audio;
  Sum sum;
  sum.add(usage.input - usage.cached - usage.cache_write - fresh_audio, rates.input);
  sum.add(fresh_audio, rates.input_audio);
  sum.add(usage.cached - usage.cached_audio, rates.cached_input);
  sum.add(usage.cached_audio, rates.cached_audio);
  sum.add(usage.cache_write - usage.cache_write_long, rates.cache_write);
  sum.add(usage.cache_write_long, rates.cache_write_long);
  sum.add(usage.output - usage.output_audio, rates.output);
  sum.add(usage.output_audio, rates.output_audio);
  sum.add(usage.web_searches, rates.web_search);
  return sum.value();
}

}  // namespace headgate::cost
