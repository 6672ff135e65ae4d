#include "cost/yaml_reader.h"

#include <algorithm>
#include <chrono>
#include <vector>

#include "base/text/strings.h"

namespace headgate::cost {

using base::config::Cursor;
using base::config::Node;

namespace {

// 00:00 UTC of "2024-08-06".
std::optional<std::int64_t> parse_date(std::string_view text) {
  namespace chrono = std::chrono;
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto year = base::parse_u64(text.substr(0, 4));
  const auto month = base::parse_u64(text.substr(5, 2));
  const auto day = base::parse_u64(text.substr(8, 2));
  if (!year || !month || !day) return std::nullopt;
  const chrono::year_month_day date{chrono::year(static_cast<int>(*year)),
                                    chrono::month(static_cast<unsigned>(*month)),
                                    chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  return chrono::microseconds(chrono::sys_days(date).time_since_epoch()).count();
}

bool is_name(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) > 0x20 && c != 0x7F;
  });
}

}  // namespace

bool YamlReader::is_map(const Cursor& at, std::span<const std::string_view> known) {
  if (!at.present() || at.node().kind != Node::Kind::map) {
    problems_.add(at, "a map is expected here");
    return false;
  }
  std::vector<std::string_view> seen;
  for (std::size_t i = 0; i < at.size(); ++i) {
    const Cursor child = at.child(i);
    const std::string_view key = child.node().key;
    if (std::find(known.begin(), known.end(), key) == known.end()) {
      problems_.add_unknown(child.key_place(), "unknown key " + base::json_string(key), key, known);
    } else if (std::find(seen.begin(), seen.end(), key) != seen.end()) {
      problems_.add(child.key_place(), "given twice");
    }
    seen.push_back(key);
  }
  return true;
}

bool YamlReader::is_list(const Cursor& at) {
  if (at.present() && at.node().kind == Node::Kind::list && at.size() > 0) return true;
  problems_.add(at, at.present() ? "a list with at least one entry is expected here"
                                 : "missing: a list with at least one entry");
  return false;
}

const std::string* YamlReader::scalar(const Cursor& at) {
  if (at.present() && at.node().kind == Node::Kind::scalar) return &at.node().text;
  problems_.add(at, at.present() ? "a single value is expected here" : "missing");
  return nullptr;
}

std::string YamlReader::name(const Cursor& at) {
  const std::string* text = scalar(at);
  if (text == nullptr) return {};
  if (!is_name(*text)) problems_.add(at, "a name without blanks is expected here");
  return *text;
}

std::optional<std::int64_t> YamlReader::date(const Cursor& at) {
  const std::string* text = scalar(at);
  if (text == nullptr) return std::nullopt;
  const auto day = parse_date(*text);
  if (!day) problems_.add(at, "a date is expected here, as in 2026-11-23");
  return day;
}

std::optional<base::Picodollars> YamlReader::dollars(const Cursor& at, const Lot& lot) {
  const std::string* text = scalar(at);
  if (text == nullptr) return std::nullopt;
  const auto amount = base::parse_dollars(*text);
  if (!amount) {
    problems_.add(at,
                  "dollars per " + std::string(lot.plural) + " are expected here, as in \"2.50\"");
    return std::nullopt;
  }
  if (*amount % lot.count != 0) {
    problems_.add(
        at, "too many decimals: not a whole number of picodollars " + std::string(lot.singular));
    return std::nullopt;
  }
  return *amount / lot.count;
}

}  // namespace headgate::cost
