#include "agents/rules/decimal.h"

#include <algorithm>

namespace headgate::agents::rules {

namespace {

constexpr std::size_t kExponentDigitsMax = 9;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string_view take_digits(std::string_view& text) {
  const auto end = std::find_if_not(text.begin(), text.end(), is_digit);
  const auto count = static_cast<std::size_t>(end - text.begin());
  const std::string_view out = text.substr(0, count);
  text.remove_prefix(count);
  return out;
}

bool take(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

// What follows the digits: "", "e5", "E-3". Nothing: something else.
std::optional<std::int64_t> take_exponent(std::string_view text) {
  if (text.empty()) return 0;
  if (!take(text, 'e') && !take(text, 'E')) return std::nullopt;
  const bool negative = take(text, '-');
  if (!negative) take(text, '+');
  const std::string_view digits = take_digits(text);
  if (digits.empty() || digits.size() > kExponentDigitsMax || !text.empty()) return std::nullopt;
  std::int64_t out = 0;
  for (const char c : digits) out = out * 10 + (c - '0');
  return negative ? -out : out;
}

}  // namespace

std::optional<Decimal> Decimal::parse(std::string_view text) {
  Decimal out;
  out.negative_ = take(text, '-');
  const std::string_view whole = take_digits(text);
  if (whole.empty() || (whole.size() > 1 && whole.front() == '0')) return std::nullopt;
  std::string_view fraction;
  if (take(text, '.')) {
    fraction = take_digits(text);
    if (fraction.empty()) return std::nullopt;
  }
  const auto exponent = take_exponent(text);
  if (!exponent) return std::nullopt;
  out.digits_ = std::string(whole) + std::string(fraction);
  out.point_ = static_cast<std::int64_t>(whole.size()) + *exponent;
  const std::size_t first = out.digits_.find_first_not_of('0');
  if (first == std::string::npos) return Decimal();
  out.digits_.erase(0, first);
  out.point_ -= static_cast<std::int64_t>(first);
  out.digits_.erase(out.digits_.find_last_not_of('0') + 1);
  return out;
}

std::strong_ordering operator<=>(const Decimal& a, const Decimal& b) {
  const auto sign = [](const Decimal& of) {
    if (of.digits_.empty()) return 0;
    return of.negative_ ? -1 : 1;
  };
  if (sign(a) != sign(b)) return sign(a) <=> sign(b);
  const Decimal& small = a.negative_ ? b : a;
  const Decimal& large = a.negative_ ? a : b;
  if (small.point_ != large.point_) return small.point_ <=> large.point_;
  const int order = small.digits_.compare(large.digits_);
  return order <=> 0;
}

}  // namespace headgate::agents::rules
