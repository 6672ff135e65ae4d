#include "storage/query/literal.h"

#include <array>
#include <chrono>
#include <utility>

#include "base/money.h"
#include "base/text/strings.h"

namespace headgate::storage::query {
namespace {

using Unit = std::pair<std::string_view, std::int64_t>;

constexpr std::array<Unit, 3> kCounts{{{"", 1}, {"k", 1'000}, {"M", 1'000'000}}};
constexpr std::array<Unit, 8> kDurations{{{"us", 1},
                                          {"µs", 1},
                                          {"ms", 1'000},
                                          {"s", 1'000'000},
                                          {"", 1'000'000},
                                          {"m", 60'000'000},
                                          {"h", 3'600'000'000},
                                          {"d", 86'400'000'000}}};

// `number` times `scale`, when that is a whole number of 64 bits.
std::optional<std::int64_t> scaled(std::string_view number, std::int64_t scale) {
  const std::size_t point = number.find('.');
  std::string_view decimals;
  if (point != std::string_view::npos) decimals = number.substr(point + 1);
  if (point != std::string_view::npos && decimals.empty()) return std::nullopt;
  const auto whole = base::parse_u64(number.substr(0, point));
  if (!whole || *whole > static_cast<std::uint64_t>(INT64_MAX)) return std::nullopt;
  std::int64_t value = 0;
  if (__builtin_mul_overflow(static_cast<std::int64_t>(*whole), scale, &value)) return std::nullopt;
  for (const char digit : decimals) {
    if (digit < '0' || digit > '9') return std::nullopt;
    if (digit != '0' && scale % 10 != 0) return std::nullopt;
    scale /= 10;
    if (__builtin_add_overflow(value, scale * (digit - '0'), &value)) return std::nullopt;
  }
  return value;
}

template <std::size_t N>
std::optional<std::int64_t> with_unit(std::string_view text, const std::array<Unit, N>& units) {
  const std::size_t end = text.find_first_not_of("0123456789.");
  const std::string_view unit = end == std::string_view::npos ? "" : text.substr(end);
  for (const auto& [name, scale] : units) {
    if (name == unit) return scaled(text.substr(0, end), scale);
  }
  return std::nullopt;
}

// Reads exactly `digits` digits, not less than `least` and not more than `most`.
class Digits {
 public:
  explicit Digits(std::string_view text) : rest_(text) {}
  int number(std::size_t digits, int least, int most) {
    const auto value = base::parse_u64(rest_.substr(0, digits));
    if (!value || rest_.size() < digits || *value > 9999) return fail();
    rest_.remove_prefix(digits);
    const auto number = static_cast<int>(*value);
    return number < least || number > most ? fail() : number;
  }
  bool mark(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void expect(char c) { failed_ |= !mark(c); }
  bool done() const { return !failed_ && rest_.empty(); }
  bool ends() const { return rest_.empty() || rest_ == "Z"; }

 private:
  int fail() {
    failed_ = true;
    return 1;
  }
  std::string_view rest_;
  bool failed_ = false;
};

}  // namespace

std::optional<std::int64_t> parse_count(std::string_view text) { return with_unit(text, kCounts); }

std::optional<std::int64_t> parse_duration_us(std::string_view text) {
  return with_unit(text, kDurations);
}

std::optional<std::int64_t> parse_money(std::string_view text) {
  if (text.starts_with('$')) text.remove_prefix(1);
  return base::parse_dollars(text);
}

std::optional<std::int64_t> parse_time_us(std::string_view text) {
  Digits digits(text);
  const int year = digits.number(4, 1970, 2900);
  digits.expect('-');
  const int month = digits.number(2, 1, 12);
  digits.expect('-');
  const int day = digits.number(2, 1, 31);
  int hour = 0, minute = 0, second = 0;
  if (!digits.ends()) {
    digits.expect('T');
    hour = digits.number(2, 0, 23);
    digits.expect(':');
    minute = digits.number(2, 0, 59);
    if (digits.mark(':')) second = digits.number(2, 0, 59);
  }
  digits.mark('Z');
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!digits.done() || !date.ok()) return std::nullopt;
  const auto since = std::chrono::sys_days(date).time_since_epoch() + std::chrono::hours(hour) +
                     std::chrono::minutes(minute) + std::chrono::seconds(second);
  return std::chrono::duration_cast<std::chrono::microseconds>(since).count();
}

}  // namespace headgate::storage::query
