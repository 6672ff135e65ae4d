#include "base/redact/cards.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include <array>
#include <bit>
#include <cstdint>
#include <span>

namespace headgate::base::redact {
namespace {

struct Brand {
  std::uint32_t first;  // range of the first four digits
  std::uint32_t last;
  std::size_t digits_min;
  std::size_t digits_max;
};

// Issuer ranges of ISO/IEC 7812 as the networks publish them.
constexpr Brand kBrands[] = {
    {4000, 4999, 13, 13}, {4000, 4999, 16, 16}, {4000, 4999, 19, 19},  // Visa
    {5100, 5599, 16, 16}, {2221, 2720, 16, 16},                        // Mastercard
    {3400, 3499, 15, 15}, {3700, 3799, 15, 15},                        // American Express
    {6011, 6011, 16, 19}, {6440, 6599, 16, 19},                        // Discover
    {3000, 3059, 14, 14}, {3600, 3699, 14, 14}, {3800, 3999, 14, 14},  // Diners Club
    {3528, 3589, 16, 19},                                              // JCB
    {6200, 6299, 16, 19},                                              // UnionPay
};

bool luhn(std::string_view digits) {
  int sum = 0;
  bool twice = false;
  for (std::size_t i = digits.size(); i-- > 0; twice = !twice) {
    const int digit = (digits[i] - '0') * (twice ? 2 : 1);
    sum += digit > 9 ? digit - 9 : digit;
  }
  return sum % 10 == 0;
}

// Where four digits in a row begin, at or behind `from`; the size of the text when nowhere.
std::size_t find_four_digits(std::string_view text, std::size_t from) {
  std::size_t i = from;
#ifdef __SSE2__
  const __m128i zero = _mm_set1_epi8('0');
  const __m128i nine = _mm_set1_epi8(9);
  std::uint32_t carry = 0;  // which of the three bytes in front of i are digits
  for (; i + 16 <= text.size(); i += 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + i));
    const __m128i values = _mm_sub_epi8(bytes, zero);
    const __m128i digits = _mm_cmpeq_epi8(_mm_min_epu8(values, nine), values);
    const auto mask = static_cast<std::uint32_t>(_mm_movemask_epi8(digits)) << 3 | carry;
    const std::uint32_t four = mask & mask >> 1 & mask >> 2 & mask >> 3;
    if (four != 0) return i + static_cast<std::size_t>(std::countr_zero(four)) - 3;
    carry = mask >> 16;
  }
  i -= static_cast<std::size_t>(std::countl_one(carry << 29));
#endif
  for (std::size_t row = 0; i < text.size(); ++i) {
    row = is_digit(text[i]) ? row + 1 : 0;
    if (row == 4) return i - 3;
  }
  return text.size();
}

std::size_t digits_end(std::string_view text, std::size_t at) {
  while (at < text.size() && is_digit(text[at])) ++at;
  return at;
}

bool may_end(std::string_view text, std::size_t at) {
  if (at == text.size()) return true;
  const char c = text[at];
  const bool more = at + 1 < text.size() && is_alnum(text[at + 1]);
  return !is_alnum(c) && c != '_' && !((c == '-' || c == '.') && more);
}

bool may_begin(std::string_view text, std::size_t at) {
  if (!starts_token(text, at)) return false;
  return at == 0 || (text[at - 1] != '.' && text[at - 1] != '+');
}

// The end of a number printed in groups of these sizes from `at` on, its digits in `digits`; 0 if
// not.
std::size_t grouped_end(std::string_view text, std::size_t at, std::span<const std::size_t> groups,
                        std::array<char, 20>& digits, std::size_t& count) {
  const char separator = at + 4 < text.size() ? text[at + 4] : '\0';
  if (separator != ' ' && separator != '-') return 0;
  count = 0;
  for (std::size_t g = 0; g < groups.size(); ++g) {
    if (g > 0 && (at >= text.size() || text[at++] != separator)) return 0;
    if (digits_end(text, at) != at + groups[g]) return 0;
    for (std::size_t i = 0; i < groups[g]; ++i) digits[count++] = text[at++];
  }
  return at;
}

// The cheap part of the question: enough digits, or a group of four and another group behind it.
bool may_be_card(std::string_view text, std::size_t begin, std::size_t end) {
  if (end - begin != 4) return end - begin >= 13;
  return end + 1 < text.size() && (text[end] == ' ' || text[end] == '-') && is_digit(text[end + 1]);
}

std::optional<Span> card_at(std::string_view text, std::size_t begin, std::size_t end) {
  constexpr std::string_view kKind = "card";
  if (end - begin >= 13 && end - begin <= 19) {
    if (!may_end(text, end) || !is_card(text.substr(begin, end - begin))) return std::nullopt;
    Span span{begin, end, kKind};
    span.bare_number = true;
    return span;
  }
  if (end - begin != 4) return std::nullopt;
  constexpr std::size_t kGroups[][5] = {
      {4, 4, 4, 4, 3}, {4, 4, 4, 4, 0}, {4, 6, 5, 0, 0}, {4, 6, 4, 0, 0}};
  for (const auto& groups : kGroups) {
    const std::size_t size = groups[4] != 0 ? 5 : groups[3] != 0 ? 4 : 3;
    std::array<char, 20> digits;
    std::size_t count = 0;
    const std::size_t last = grouped_end(text, begin, {groups, size}, digits, count);
    if (last != 0 && may_end(text, last) && is_card({digits.data(), count})) {
      return Span{begin, last, kKind};
    }
  }
  return std::nullopt;
}

}  // namespace

bool is_card(std::string_view digits) {
  std::uint32_t lead = 0;
  for (const char c : digits.substr(0, 4)) lead = lead * 10 + static_cast<std::uint32_t>(c - '0');
  for (const Brand& brand : kBrands) {
    if (lead >= brand.first && lead <= brand.last && digits.size() >= brand.digits_min &&
        digits.size() <= brand.digits_max) {
      return luhn(digits);
    }
  }
  return false;
}

std::optional<Span> find_card(std::string_view text, std::size_t from) {
  while (from < text.size()) {
    const std::size_t begin = find_four_digits(text, from);
    if (begin == text.size()) break;
    const std::size_t end = digits_end(text, begin);
    if (may_be_card(text, begin, end) && may_begin(text, begin)) {
      if (const auto card = card_at(text, begin, end)) return card;
    }
    from = end;
  }
  return std::nullopt;
}

}  // namespace headgate::base::redact
