// PriceBook::parse(): from YAML to prices, with every mistake at once.
#include <array>

#include "base/config/load.h"
#include "base/config/node.h"
#include "base/config/problem.h"
#include "base/text/strings.h"
#include "cost/price_book.h"
#include "cost/price_reader.h"
#include "cost/yaml_reader.h"

namespace headgate::cost {

using base::config::Cursor;
using base::config::Node;
using base::config::Problems;

namespace {

constexpr std::array<std::string_view, 3> kTopKeys = {"currency", "checked", "models"};
constexpr std::array<std::string_view, 5> kModelKeys = {"provider", "model", "aliases", "snapshots",
                                                        "prices"};
}  // namespace

class PriceBook::Reader {
 public:
  explicit Reader(Problems& problems) : yaml_(problems) {}
  PriceBook read(const Cursor& root);

 private:
  void model(const Cursor& at);
  void add_name(const Cursor& at, std::string_view provider, std::string_view model);
  std::vector<Price> prices(const Cursor& at);

  YamlReader yaml_;
  PriceBook book_;
};

std::vector<Price> PriceBook::Reader::prices(const Cursor& at) {
  std::vector<Price> out;
  if (!yaml_.is_list(at)) return out;
  for (std::size_t i = 0; i < at.size(); ++i) {
    const Price next = read_price(yaml_, at.child(i), i == 0);
    if (i > 0 && next.from_unix_us <= out.back().from_unix_us) {
      yaml_.problems().add(at.child(i)["from"], "prices go from the oldest to the newest");
    }
    out.push_back(next);
  }
  return out;
}

void PriceBook::Reader::add_name(const Cursor& at, std::string_view provider,
                                 std::string_view model) {
  if (!book_.names_.emplace(PriceBook::key(provider, model), book_.models_.size()).second) {
    yaml_.problems().add(at, base::json_string(model) + " of " + base::json_string(provider) +
                                 " has a price already");
  }
}

void PriceBook::Reader::model(const Cursor& at) {
  if (!yaml_.is_map(at, kModelKeys)) return;
  const std::string provider = yaml_.name(at["provider"]);
  add_name(at["model"], provider, yaml_.name(at["model"]));
  const Cursor aliases = at["aliases"];
  if (aliases.present() && yaml_.is_list(aliases)) {
    for (std::size_t i = 0; i < aliases.size(); ++i) {
      add_name(aliases.child(i), provider, yaml_.name(aliases.child(i)));
    }
  }
  Model out;
  const Cursor snapshots = at["snapshots"];
  if (snapshots.present()) {
    const std::string* text = yaml_.scalar(snapshots);
    out.snapshots = text != nullptr && *text == "true";
    if (text != nullptr && *text != "true" && *text != "false") {
      yaml_.problems().add(snapshots, "true or false is expected here");
    }
  }
  out.prices = prices(at["prices"]);
  book_.models_.push_back(std::move(out));
}

PriceBook PriceBook::Reader::read(const Cursor& root) {
  if (!yaml_.is_map(root, kTopKeys)) return {};
  const Cursor currency = root["currency"];
  const std::string* code = yaml_.scalar(currency);
  if (code != nullptr && *code != "USD") yaml_.problems().add(currency, "only USD is understood");
  const Cursor checked = root["checked"];
  if (checked.present()) yaml_.date(checked);
  const Cursor models = root["models"];
  if (!yaml_.is_list(models)) return {};
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
