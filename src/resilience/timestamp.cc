#include "resilience/timestamp.h"

#include <array>
#include <charconv>
#include <chrono>
#include <cmath>

namespace headgate::resilience {
namespace {

/// Takes exactly `digits` digits off the front of `text`.
std::optional<int> take_number(std::string_view& text, std::size_t digits) {
  if (text.size() < digits) return std::nullopt;
  int value = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(digits);
  return value;
}

bool take(std::string_view& text, std::string_view word) {
  if (text.substr(0, word.size()) != word) return false;
  text.remove_prefix(word.size());
  return true;
}

template <std::size_t N>
std::optional<unsigned> take_one_of(std::string_view& text,
                                    const std::array<std::string_view, N>& words) {
  for (unsigned i = 0; i < N; ++i) {
    if (take(text, words[i])) return i;
  }
  return std::nullopt;
}

std::optional<std::int64_t> day_seconds(int year, unsigned month, unsigned day) {
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month),
                                         std::chrono::day(day)};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_seconds(std::chrono::sys_days(date)).time_since_epoch().count();
}

/// "14:18:51"; 60 is a leap second.
std::optional<std::int64_t> take_time_of_day(std::string_view& text) {
  const auto hour = take_number(text, 2);
  if (!hour || *hour > 23 || !take(text, ":")) return std::nullopt;
  const auto minute = take_number(text, 2);
  if (!minute || *minute > 59 || !take(text, ":")) return std::nullopt;
  const auto second = take_number(text, 2);
  if (!second || *second > 60) return std::nullopt;
  return (*hour * 60 + *minute) * 60 + *second;
}

/// ".25" in microseconds; further digits are dropped.
std::optional<std::int64_t> take_fraction_us(std::string_view& text) {
  if (!take(text, ".")) return 0;
  std::int64_t us = 0;
  std::int64_t unit = 100'000;
  std::size_t digits = 0;
  for (; digits < text.size() && text[digits] >= '0' && text[digits] <= '9'; ++digits) {
    us += (text[digits] - '0') * unit;
    unit /= 10;
  }
  if (digits == 0) return std::nullopt;
  text.remove_prefix(digits);
  return us;
}

/// "Z" or "+01:00", in seconds.
std::optional<std::int64_t> take_offset_s(std::string_view& text) {
  if (take(text, "Z") || take(text, "z")) return 0;
  const bool west = take(text, "-");
  if (!west && !take(text, "+")) return std::nullopt;
  const auto hour = take_number(text, 2);
  if (!hour || *hour > 23 || !take(text, ":")) return std::nullopt;
  const auto minute = take_number(text, 2);
  if (!minute || *minute > 59) return std::nullopt;
  const std::int64_t seconds = (*hour * 60 + *minute) * 60;
  return west ? -seconds : seconds;
}

/// Takes digits, perhaps a point and digits, off the front.
std::optional<double> take_decimal(std::string_view& text) {
  const std::string_view number = text.substr(0, text.find_first_not_of("0123456789."));
  if (number.empty() || number.front() == '.' || number.back() == '.') return std::nullopt;
  double value = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value,
                                            std::chars_format::fixed);
  if (error != std::errc() || end != number.data() + number.size()) return std::nullopt;
  text.remove_prefix(number.size());
  return value;
}

std::optional<base::Duration> to_duration(double ticks, base::Duration most) {
  if (!(ticks <= static_cast<double>(most.count()))) return std::nullopt;
  return base::Duration(std::llround(ticks));
}

double ticks_of(base::Duration unit) { return static_cast<double>(unit.count()); }

constexpr std::array<std::string_view, 7> kDays{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

}  // namespace

std::optional<std::int64_t> parse_http_date(std::string_view text) {
  if (!take_one_of(text, kDays) || !take(text, ", ")) return std::nullopt;
  const auto day = take_number(text, 2);
  if (!day || !take(text, " ")) return std::nullopt;
  const auto month = take_one_of(text, kMonths);
  if (!month || !take(text, " ")) return std::nullopt;
  const auto year = take_number(text, 4);
  if (!year || !take(text, " ")) return std::nullopt;
  const auto date = day_seconds(*year, *month + 1, static_cast<unsigned>(*day));
  const auto time = take_time_of_day(text);
  if (!date || !time || text != " GMT") return std::nullopt;
  return *date + *time;
}

std::optional<std::int64_t> parse_rfc3339_us(std::string_view text) {
  const auto year = take_number(text, 4);
  if (!year || !take(text, "-")) return std::nullopt;
  const auto month = take_number(text, 2);
  if (!month || !take(text, "-")) return std::nullopt;
  const auto day = take_number(text, 2);
  if (!day || !(take(text, "T") || take(text, "t") || take(text, " "))) return std::nullopt;
  const auto date = day_seconds(*year, static_cast<unsigned>(*month), static_cast<unsigned>(*day));
  const auto time = take_time_of_day(text);
  if (!date || !time) return std::nullopt;
  const auto fraction = take_fraction_us(text);
  const auto offset = take_offset_s(text);
  if (!fraction || !offset || !text.empty()) return std::nullopt;
  return (*date + *time - *offset) * 1'000'000 + *fraction;
}

std::optional<base::Duration> parse_decimal(std::string_view text, base::Duration unit,
                                            base::Duration most) {
  const auto value = take_decimal(text);
  if (!value || !text.empty()) return std::nullopt;
  return to_duration(*value * ticks_of(unit), most);
}

std::optional<base::Duration> parse_duration(std::string_view text, base::Duration most) {
  struct Unit {
    std::string_view name;
    base::Duration length;
  };
  // A unit's name is tried before names that it begins with.
  static constexpr std::array<Unit, 7> kUnits{{{"ms", base::milliseconds(1)},
                                               {"us", base::microseconds(1)},
                                               {"ns", std::chrono::nanoseconds(1)},
                                               {"d", std::chrono::hours(24)},
                                               {"h", std::chrono::hours(1)},
                                               {"m", std::chrono::minutes(1)},
                                               {"s", base::seconds(1)}}};
  if (const auto seconds = parse_decimal(text, base::seconds(1), most)) return seconds;
  if (text.empty()) return std::nullopt;
  double ticks = 0;
  while (!text.empty()) {
    const auto value = take_decimal(text);
    if (!value) return std::nullopt;
    bool known = false;
    for (const Unit& unit : kUnits) {
      known = take(text, unit.name);
      if (!known) continue;
      ticks += *value * ticks_of(unit.length);
      break;
    }
    if (!known) return std::nullopt;
  }
  return to_duration(ticks, most);
}

}  // namespace headgate::resilience
