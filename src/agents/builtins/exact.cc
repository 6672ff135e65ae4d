#include "agents/builtins/exact.h"

#include <algorithm>

namespace headgate::agents {
namespace {

constexpr int kDigitsMax = 36;

constexpr Int128 power_of_ten(int exponent) {
  Int128 out = 1;
  for (int i = 0; i < exponent; ++i) out *= 10;
  return out;
}

constexpr Int128 kLimit = power_of_ten(kDigitsMax);

bool fits(Int128 digits) { return digits > -kLimit && digits < kLimit; }

std::optional<Int128> product(Int128 a, Int128 b) {
  Int128 out = 0;
  if (__builtin_mul_overflow(a, b, &out) || !fits(out)) return std::nullopt;
  return out;
}

Int128 magnitude(Int128 value) { return value < 0 ? -value : value; }

// `left` of a whole `of` is cut off behind `digits`: away from zero if it is more than half.
Int128 half_even(Int128 digits, Int128 left, Int128 of, bool is_negative) {
  const Int128 rest = of - left;  // compared without doubling, which may not fit
  const bool up = left > rest || (left == rest && digits % 2 != 0);
  if (!up) return digits;
  return is_negative ? digits - 1 : digits + 1;
}

}  // namespace

void Exact::trim() {
  while (places_ > 0 && digits_ % 10 == 0) {
    digits_ /= 10;
    --places_;
  }
}

std::optional<Exact> Exact::parse(std::string_view text) {
  Int128 digits = 0;
  int places = 0;
  bool is_behind = false;
  bool is_any = false;
  for (const char c : text) {
    if (c == '.') {
      if (is_behind) return std::nullopt;
      is_behind = true;
      continue;
    }
    if (c < '0' || c > '9') return std::nullopt;
    is_any = true;
    digits = digits * 10 + (c - '0');
    if (!fits(digits)) return std::nullopt;
    places += is_behind ? 1 : 0;
    if (places > kDigitsMax) return std::nullopt;
  }
  if (!is_any) return std::nullopt;
  return Exact(digits, places);
}

std::optional<int> Exact::whole(int max) const {
  if (places_ != 0 || digits_ < 0 || digits_ > max) return std::nullopt;
  return static_cast<int>(digits_);
}

std::optional<Exact> Exact::plus(const Exact& other) const {
  const int places = std::max(places_, other.places_);
  const auto a = product(digits_, power_of_ten(places - places_));
  const auto b = product(other.digits_, power_of_ten(places - other.places_));
  if (!a || !b || !fits(*a + *b)) return std::nullopt;
  return Exact(*a + *b, places);
}

std::optional<Exact> Exact::times(const Exact& other) const {
  const auto digits = product(digits_, other.digits_);
  const int places = places_ + other.places_;
  if (!digits || (*digits != 0 && places > kDigitsMax)) return std::nullopt;
  return Exact(*digits, *digits == 0 ? 0 : places);
}

// By long division; both are made whole first.
std::optional<Exact::Quotient> Exact::over(const Exact& by, int places_max) const {
  const int places = std::max(places_, by.places_);
  const auto a = product(digits_, power_of_ten(places - places_));
  const auto b = product(by.digits_, power_of_ten(places - by.places_));
  if (!a || !b) return std::nullopt;
  const bool is_negative = (*a < 0) != (*b < 0);
  const Int128 divisor = magnitude(*b);
  Int128 digits = magnitude(*a) / divisor;
  Int128 left = magnitude(*a) % divisor;
  int behind = 0;
  for (; left != 0 && behind < places_max; ++behind) {
    left *= 10;  // fits: less than 10 to the 37th
    const auto shifted = product(digits, 10);
    if (!shifted) {
      left /= 10;
      break;  // no room for more of it
    }
    digits = *shifted + left / divisor;
    left %= divisor;
  }
  digits = half_even(digits, left, divisor, false);
  if (!fits(digits)) return std::nullopt;
  return Quotient{Exact(is_negative ? -digits : digits, behind), left != 0};
}

Exact Exact::rounded(int places) const {
  if (places_ <= places) return *this;
  const Int128 unit = power_of_ten(places_ - places);
  const Int128 left = magnitude(digits_ % unit);
  return Exact(half_even(digits_ / unit, left, unit, digits_ < 0), places);
}

std::string Exact::text() const {
  std::string out;
  Int128 rest = magnitude(digits_);
  int place = 0;
  do {
    if (place == places_ && place > 0) out.push_back('.');
    out.push_back(static_cast<char>('0' + static_cast<int>(rest % 10)));
    rest /= 10;
    ++place;
  } while (rest != 0 || place <= places_);
  if (digits_ < 0) out.push_back('-');
  std::reverse(out.begin(), out.end());
  return out;
}

}  // namespace headgate::agents
