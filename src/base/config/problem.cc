#include "base/config/problem.h"

#include <fmt/format.h>

#include <algorithm>

namespace headgate::base::config {

std::string Problem::text(std::string_view file) const {
  return fmt::format("{}:{}:{}: {}", file, at.mark.line, at.mark.column, sentence());
}

std::string Problem::sentence() const {
  std::string out;
  if (!at.path.empty()) out += at.path + ": ";
  out += what;
  if (!suggestion.empty()) out += "; did you mean " + json_string(suggestion) + "?";
  return out;
}

std::string Problems::known_here(const std::vector<std::string_view>& names) {
  constexpr std::size_t kNamesMax = 12;
  if (names.empty()) return {};
  const bool all = names.size() <= kNamesMax;
  const auto end = all ? names.end() : names.begin() + kNamesMax;
  return fmt::format("; known here: {}{}", fmt::join(names.begin(), end, ", "), all ? "" : ", …");
}

void Problems::sort() {
  std::stable_sort(list_.begin(), list_.end(),
                   [](const Problem& a, const Problem& b) { return a.at.mark < b.at.mark; });
}

}  // namespace headgate::base::config
