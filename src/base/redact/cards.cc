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

constexpr std::size_t kBlock = 64;  // bytes looked at together, a bit for each
constexpr std::size_t kStep = 48;   // of them, these see all that follows them in a number

// Bit i: whether byte i of the block is a digit; or, of `separators`, a blank or '-'.
std::uint64_t digits(const char* block) {
  std::uint64_t mask = 0;
#ifdef __SSE2__
  for (int i = 0; i < 4; ++i) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(block) + i);
    const __m128i values = _mm_sub_epi8(bytes, _mm_set1_epi8('0'));
    const __m128i hits = _mm_cmpeq_epi8(_mm_min_epu8(values, _mm_set1_epi8(9)), values);
    mask |= static_cast<std::uint64_t>(_mm_movemask_epi8(hits)) << (16 * i);
  }
#else
  for (std::size_t i = 0; i < kBlock; ++i) mask |= std::uint64_t{is_digit(block[i])} << i;
#endif
  return mask;
}

std::uint64_t separators(const char* block) {
  std::uint64_t mask = 0;
#ifdef __SSE2__
  for (int i = 0; i < 4; ++i) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(block) + i);
    const __m128i hits = _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(' ')),
                                      _mm_cmpeq_epi8(bytes, _mm_set1_epi8('-')));
    mask |= static_cast<std::uint64_t>(_mm_movemask_epi8(hits)) << (16 * i);
  }
#else
  for (std::size_t i = 0; i < kBlock; ++i) {
    mask |= std::uint64_t{block[i] == ' ' || block[i] == '-'} << i;
  }
#endif
  return mask;
}

// Where 13 digits begin, or four, a separator and four more.
std::uint64_t candidates(const char* block) {
  const std::uint64_t digit = digits(block);
  const std::uint64_t four = digit & digit >> 1 & digit >> 2 & digit >> 3;
  if (four == 0) return 0;
  const std::uint64_t thirteen = four & four >> 4 & four >> 8 & digit >> 12;
  return thirteen | (four & separators(block) >> 4 & four >> 5);
}

// The first place at or behind `from` where a card number may begin; the size of the text when
// none.
std::size_t find_candidate(std::string_view text, std::size_t from) {
  for (; from + kBlock <= text.size(); from += kStep) {
    const std::uint64_t found = candidates(text.data() + from) << (kBlock - kStep);
    if (found != 0)
      return from + static_cast<std::size_t>(std::countr_zero(found)) - (kBlock - kStep);
  }
  std::array<char, kBlock> rest{};
  text.copy(rest.data(), rest.size(), from);
  const std::uint64_t found = candidates(rest.data());
  return found == 0 ? text.size() : from + static_cast<std::size_t>(std::countr_zero(found));
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
                        std::array<char, 20>& out, std::size_t& count) {
  const char separator = at + 4 < text.size() ? text[at + 4] : '\0';
  if (separator != ' ' && separator != '-') return 0;
  count = 0;
  for (std::size_t g = 0; g < groups.size(); ++g) {
    if (g > 0 && (at >= text.size() || text[at++] != separator)) return 0;
    if (digits_end(text, at) != at + groups[g]) return 0;
    for (std::size_t i = 0; i < groups[g]; ++i) out[count++] = text[at++];
  }
  return at;
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
    const std::size_t begin = find_candidate(text, from);
    if (begin == text.size()) break;
    const std::size_t end = digits_end(text, begin);
    const bool inside = begin > 0 && is_digit(text[begin - 1]);
    if (!inside && may_begin(text, begin)) {
      if (const auto card = card_at(text, begin, end)) return card;
    }
    from = end;
  }
  return std::nullopt;
}

}  // namespace headgate::base::redact
