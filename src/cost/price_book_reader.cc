// PriceBook::parse(): from YAML to prices, with every mistake at once.
#include <algorithm>
#include <array>
#include <chrono>
#include <span>

#include "base/config/load.h"
#include "base/config/node.h"
#include "base/config/problem.h"
#include "base/text/strings.h"
#include "cost/price_book.h"

namespace headgate::cost {

using base::config::Cursor;
using base::config::Node;
using base::config::Problems;

namespace {

constexpr std::array<std::string_view, 3> kTopKeys = {"currency", "checked", "models"};
constexpr std::array<std::string_view, 5> kModelKeys = {"provider", "model", "aliases", "snapshots",
                                                        "prices"};
constexpr std::array<std::string_view, 5> kPriceKeys = {"from", "input", "cached_input",
                                                        "cache_write", "output"};

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

class PriceBook::Reader {
 public:
  explicit Reader(Problems& problems) : problems_(problems) {}
  PriceBook read(const Cursor& root);

 private:
  bool is_map(const Cursor& at, std::span<const std::string_view> known);
  bool is_list(const Cursor& at);
  const std::string* scalar(const Cursor& at);
  std::string name(const Cursor& at);
  std::optional<base::Picodollars> dollars(const Cursor& at);
  void model(const Cursor& at);
  void add_name(const Cursor& at, std::string_view provider, std::string_view model);
  std::vector<Price> prices(const Cursor& at);
  Price price(const Cursor& at, bool first);

  Problems& problems_;
  PriceBook book_;
};

bool PriceBook::Reader::is_map(const Cursor& at, std::span<const std::string_view> known) {
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

bool PriceBook::Reader::is_list(const Cursor& at) {
  if (at.present() && at.node().kind == Node::Kind::list && at.size() > 0) return true;
  problems_.add(at, at.present() ? "a list with at least one entry is expected here"
                                 : "missing: a list with at least one entry");
  return false;
}

const std::string* PriceBook::Reader::scalar(const Cursor& at) {
  if (at.present() && at.node().kind == Node::Kind::scalar) return &at.node().text;
  problems_.add(at, at.present() ? "a single value is expected here" : "missing");
  return nullptr;
}

std::string PriceBook::Reader::name(const Cursor& at) {
  const std::string* text = scalar(at);
  if (text == nullptr) return {};
  if (!is_name(*text)) problems_.add(at, "a name without blanks is expected here");
  return *text;
}

std::optional<base::Picodollars> PriceBook::Reader::dollars(const Cursor& at) {
  constexpr std::int64_t kTokens = 1'000'000;
  const std::string* text = scalar(at);
  if (text == nullptr) return std::nullopt;
  const auto amount = base::parse_dollars(*text);
  if (!amount) {
    problems_.add(at, "dollars per million tokens are expected here, as in \"2.50\"");
    return std::nullopt;
  }
  if (*amount % kTokens != 0) {
    problems_.add(at, "more than 6 decimals: not a whole number of picodollars a token");
    return std::nullopt;
  }
  return *amount / kTokens;
}

Price PriceBook::Reader::price(const Cursor& at, bool first) {
  Price out;
  out.from_unix_us = INT64_MIN;
  if (!is_map(at, kPriceKeys)) return out;
  const Cursor from = at["from"];
  if (from.present()) {
    const std::string* text = scalar(from);
    const auto date = text == nullptr ? std::nullopt : parse_date(*text);
    if (text != nullptr && !date) problems_.add(from, "a date is expected here, as in 2026-11-23");
    out.from_unix_us = date.value_or(INT64_MIN);
  } else if (!first) {
    problems_.add(from, "missing: only the first price of a model may be without a date");
  }
  out.input = dollars(at["input"]).value_or(0);
  out.output = dollars(at["output"]).value_or(0);
  const auto or_input = [&](const Cursor& optional) {
    return optional.present() ? dollars(optional).value_or(0) : out.input;
  };
  out.cached_input = or_input(at["cached_input"]);
  out.cache_write = or_input(at["cache_write"]);
  return out;
}

std::vector<Price> PriceBook::Reader::prices(const Cursor& at) {
  std::vector<Price> out;
  if (!is_list(at)) return out;
  for (std::size_t i = 0; i < at.size(); ++i) {
    const Price next = price(at.child(i), i == 0);
    if (i > 0 && next.from_unix_us <= out.back().from_unix_us) {
      problems_.add(at.child(i)["from"], "prices go from the oldest to the newest");
    }
    out.push_back(next);
  }
  return out;
}

void PriceBook::Reader::add_name(const Cursor& at, std::string_view provider,
                                 std::string_view model) {
  if (!book_.names_.emplace(PriceBook::key(provider, model), book_.models_.size()).second) {
    problems_.add(at, base::json_string(model) + " of " + base::json_string(provider) +
                          " has a price already");
  }
}

void PriceBook::Reader::model(const Cursor& at) {
  if (!is_map(at, kModelKeys)) return;
  const std::string provider = name(at["provider"]);
  add_name(at["model"], provider, name(at["model"]));
  const Cursor aliases = at["aliases"];
  if (aliases.present() && is_list(aliases)) {
    for (std::size_t i = 0; i < aliases.size(); ++i) {
      add_name(aliases.child(i), provider, name(aliases.child(i)));
    }
  }
  Model out;
  const Cursor snapshots = at["snapshots"];
  if (snapshots.present()) {
    const std::string* text = scalar(snapshots);
    out.snapshots = text != nullptr && *text == "true";
    if (text != nullptr && *text != "true" && *text != "false") {
      problems_.add(snapshots, "true or false is expected here");
    }
  }
  out.prices = prices(at["prices"]);
  book_.models_.push_back(std::move(out));
}

PriceBook PriceBook::Reader::read(const Cursor& root) {
  if (!is_map(root, kTopKeys)) return {};
  const Cursor currency = root["currency"];
  const std::string* code = scalar(currency);
  if (code != nullptr && *code != "USD") problems_.add(currency, "only USD is understood");
  const Cursor checked = root["checked"];
  if (checked.present()) {
    const std::string* date = scalar(checked);
    if (date != nullptr && !parse_date(*date)) {
      problems_.add(checked, "a date is expected here, as in 2026-11-23");
    }
  }
  const Cursor models = root["models"];
  if (!is_list(models)) return {};
  for (std::size_t i = 0; i < models.size(); ++i) model(models.child(i));
  return std::move(book_);
}

base::Result<PriceBook> PriceBook::parse(std::string_view yaml, std::string_view file) {
  Problems problems;
  const Node root = base::config::parse_yaml(yaml, problems);
  PriceBook book;
  if (problems.empty()) book = Reader(problems).read(Cursor(root));
  if (problems.empty()) return book;
  problems.sort();
  std::string lines;
  for (const auto& problem : problems) {
    lines += (lines.empty() ? "" : "\n") + problem.text(file);
  }
  return base::fail(base::Errc::config_invalid, std::move(lines));
}

base::Result<PriceBook> PriceBook::load(const std::string& path) {
  const auto text = base::config::read_config_file(path);
  if (!text) return base::fail(base::Errc::config_invalid, path + ":1:1: " + text.error().detail);
  return parse(*text, path);
}

}  // namespace headgate::cost
