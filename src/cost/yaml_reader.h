// Small questions to a YAML tree, asked by the readers of the price book: each says what is wrong
// at its place and goes on. Internal to the folder.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/config/node.h"
#include "base/config/problem.h"
#include "base/money.h"

namespace headgate::cost {

/// What an amount of dollars in the file buys.
struct Lot {
  std::int64_t count;
  std::string_view plural;    // "million tokens"
  std::string_view singular;  // "a token"
};

class YamlReader {
 public:
  explicit YamlReader(base::config::Problems& problems) : problems_(problems) {}

  base::config::Problems& problems() { return problems_; }
  bool is_map(const base::config::Cursor& at, std::span<const std::string_view> known);
  bool is_list(const base::config::Cursor& at);
  const std::string* scalar(const base::config::Cursor& at);
  std::string name(const base::config::Cursor& at);
  /// 00:00 UTC of "2024-08-06", in microseconds since 1970.
  std::optional<std::int64_t> date(const base::config::Cursor& at);
  /// "2.50" dollars for a lot, as picodollars for one thing of it.
  std::optional<base::Picodollars> dollars(const base::config::Cursor& at, const Lot& lot);

 private:
  base::config::Problems& problems_;
};

}  // namespace headgate::cost
