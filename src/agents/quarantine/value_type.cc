#include "agents/quarantine/value_type.h"

#include <algorithm>
#include <array>

#include "base/json/cursor.h"
#include "base/text/utf8.h"

namespace headgate::agents {

namespace json = base::json;

namespace {

constexpr std::int64_t kPatternBytesMax = 1 << 20;  // of RE2's memory
constexpr std::size_t kMoneyDigitsMax = 15;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

int number(std::string_view digits) {
  int out = 0;
  for (const char c : digits) out = out * 10 + (c - '0');
  return out;
}

int days_of(int year, int month) {
  constexpr std::array<int, 12> kDays{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return kDays[static_cast<std::size_t>(month - 1)] + (month == 2 && leap ? 1 : 0);
}

bool is_graphic(char c) { return c > 0x20 && c < 0x7F; }

// Controls, and what is written but not seen: it reaches a model and no reviewer.
bool is_hidden(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0xAD || (c >= 0x200B && c <= 0x200F) ||
         (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF ||
         (c >= 0xFE00 && c <= 0xFE0F) || (c >= 0xE0000 && c <= 0xE0FFF);
}

bool is_plain(std::string_view text) {
  while (!text.empty()) {
    const base::DecodedCharacter next = base::decode_utf8(text);
    if (next.bytes == 0 || is_hidden(next.code)) return false;
    text.remove_prefix(next.bytes);
  }
  return true;
}

// What a string says, a number as it is written; nothing: neither, or more than that.
std::optional<std::string> scalar_text(std::string_view value) {
  json::Cursor cursor(value);
  json::Text text;
  const json::Kind kind = cursor.kind();
  if (kind == json::Kind::string && cursor.string(text) && cursor.finish()) return text.decode();
  if (kind != json::Kind::number || !cursor.skip()) return std::nullopt;
  std::string out(cursor.value_text());
  if (!cursor.finish()) return std::nullopt;
  return out;
}

bool is_number(std::string_view value) {
  json::Cursor cursor(value);
  return cursor.kind() == json::Kind::number && cursor.skip() && cursor.finish();
}

}  // namespace

bool is_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  const std::string_view year = text.substr(0, 4);
  const std::string_view month = text.substr(5, 2);
  const std::string_view day = text.substr(8, 2);
  if (!is_digits(year) || !is_digits(month) || !is_digits(day)) return false;
  if (number(year) == 0 || number(month) < 1 || number(month) > 12) return false;
  return number(day) >= 1 && number(day) <= days_of(number(year), number(month));
}

ValueType ValueType::compile(const ResultTypeConfig& config, std::vector<TypeWrong>& wrongs) {
  ValueType out;
  out.config_ = config;
  const bool is_enum = config.type == ValueKind::enumeration;
  if (is_enum && config.values.empty()) wrongs.push_back({"values", "an enum needs its values"});
  if (!is_enum && !config.values.empty()) wrongs.push_back({"values", "is for an enum"});
  if (config.type == ValueKind::string && config.endorsed.value_or(false)) {
    wrongs.push_back({"endorsed", "a string can say anything: it is never endorsed"});
  }
  out.check_pattern(wrongs);
  out.check_bounds(wrongs);
  return out;
}

void ValueType::check_pattern(std::vector<TypeWrong>& wrongs) {
  const bool is_id = config_.type == ValueKind::id;
  if (!is_id && !config_.pattern.empty()) wrongs.push_back({"pattern", "is for an id"});
  if (!is_id) return;
  if (config_.pattern.empty()) {
    wrongs.push_back({"pattern", "an id needs a pattern, such as ORD-[0-9]{1,9}"});
    return;
  }
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kPatternBytesMax);
  const auto compiled = std::make_shared<const RE2>(config_.pattern, options);
  if (!compiled->ok()) {
    wrongs.push_back({"pattern", "cannot be used: " + compiled->error()});
    return;
  }
  pattern_ = compiled;
}

void ValueType::check_bounds(std::vector<TypeWrong>& wrongs) {
  const bool has_bounds = config_.type == ValueKind::integer || config_.type == ValueKind::money;
  const auto read_bound = [&](std::string_view key, const base::config::Json& bound) {
    std::optional<rules::Decimal> out;
    if (bound.empty()) return out;
    if (!has_bounds) {
      wrongs.push_back({key, "is for an integer or money"});
      return out;
    }
    out = rules::Decimal::parse(bound.text);
    if (!out) wrongs.push_back({key, "must be a number, not in quotes"});
    return out;
  };
  min_ = read_bound("min", config_.min);
  max_ = read_bound("max", config_.max);
  if (min_ && max_ && *max_ < *min_) wrongs.push_back({"max", "is less than min"});
}

bool ValueType::is_within(const rules::Decimal& value) const {
  return (!min_ || value >= *min_) && (!max_ || value <= *max_);
}

std::optional<std::string> ValueType::read(std::string_view json) const {
  switch (config_.type) {
    case ValueKind::integer: return integer(json);
    case ValueKind::money: return money(json);
    case ValueKind::boolean: return boolean(json);
    default: return text(json);
  }
}

std::optional<std::string> ValueType::boolean(std::string_view json) const {
  json::Cursor cursor(json);
  bool value = false;
  if (cursor.kind() != json::Kind::boolean || !cursor.boolean(value) || !cursor.finish()) {
    return std::nullopt;
  }
  return value ? "true" : "false";
}

std::optional<std::string> ValueType::integer(std::string_view json) const {
  json::Cursor cursor(json);
  std::int64_t value = 0;
  if (cursor.kind() != json::Kind::number || !cursor.integer(value) || !cursor.finish()) {
    return std::nullopt;
  }
  std::string out = std::to_string(value);
  if (!is_within(*rules::Decimal::parse(out))) return std::nullopt;
  return out;
}

// By its digits: 12.5 and "12.50" are money, 1e2 and 12.345 are not, and nothing is rounded.
std::optional<std::string> ValueType::money(std::string_view json) const {
  const auto said = scalar_text(json);
  if (!said) return std::nullopt;
  std::string_view rest = *said;
  if (rest.starts_with('-')) rest.remove_prefix(1);
  const std::size_t point = rest.find('.');
  const std::string_view whole = rest.substr(0, point);
  const std::string_view fraction =
      point == std::string_view::npos ? std::string_view() : rest.substr(point + 1);
  const auto decimals_max = static_cast<std::size_t>(config_.decimals_max);
  const bool has_point = point != std::string_view::npos;
  if (!is_digits(whole) || (has_point && !is_digits(fraction))) return std::nullopt;
  if (whole.size() > kMoneyDigitsMax || fraction.size() > decimals_max) return std::nullopt;
  const auto value = rules::Decimal::parse(*said);
  if (!value || !is_within(*value)) return std::nullopt;
  std::string out = *said;
  if (!has_point && decimals_max > 0) out += '.';
  out.append(decimals_max - fraction.size(), '0');
  return base::json_string(out);
}

std::optional<std::string> ValueType::text(std::string_view json) const {
  if (is_number(json)) return std::nullopt;
  const auto said = scalar_text(json);
  if (!said || !takes(*said)) return std::nullopt;
  return base::json_string(*said);
}

bool ValueType::takes(std::string_view text) const {
  switch (config_.type) {
    case ValueKind::enumeration:
      return std::find(config_.values.begin(), config_.values.end(), text) != config_.values.end();
    case ValueKind::date: return is_date(text);
    case ValueKind::id:
      return pattern_ != nullptr && !text.empty() && text.size() <= kIdBytesMax &&
             std::all_of(text.begin(), text.end(), is_graphic) &&
             RE2::FullMatch(re2::StringPiece(text.data(), text.size()), *pattern_);
    case ValueKind::string:
      return is_plain(text) &&
             base::utf8_characters(text) <= static_cast<std::size_t>(config_.characters_max);
    default: return false;
  }
}

// Only what every provider's structured output knows; bounds are held against the answer here.
void ValueType::write_schema(base::json::Writer& writer) const {
  writer.begin_object();
  writer.array("type");
  switch (config_.type) {
    case ValueKind::integer: writer.string("integer"); break;
    case ValueKind::boolean: writer.string("boolean"); break;
    default: writer.string("string"); break;
  }
  writer.string("null");
  writer.end_array();
  std::string what = config_.description;
  const auto add = [&what](std::string_view more) {
    if (!what.empty()) what += ' ';
    what += more;
  };
  if (config_.type == ValueKind::money) add("A decimal number such as 12.50.");
  if (config_.type == ValueKind::date) add("A date such as 2026-02-28.");
  if (config_.type == ValueKind::id) add("It matches " + config_.pattern + ".");
  if (!what.empty()) writer.member("description", what);
  if (config_.type == ValueKind::enumeration) {
    writer.array("enum");
    for (const std::string& value : config_.values) writer.string(value);
    writer.null();
    writer.end_array();
  }
  writer.end_object();
}

}  // namespace headgate::agents
