#include "lab/neutral/family.h"

#include <fmt/format.h>

#include <algorithm>

#include "lab/script/template.h"

namespace headgate::lab {

bool serves(const Script& script, std::string_view model) {
  return std::any_of(script.models.begin(), script.models.end(),
                     [&](const ServedModel& served) { return glob_match(served.id, model); });
}

bool is_glob(std::string_view model) { return model.find_first_of("*?") != model.npos; }

void add_retry_headers(HeaderList& headers, const Failure& failure) {
  if (!failure.retry_after.empty()) headers.emplace_back("retry-after", failure.retry_after);
  if (failure.retry_after_ms) {
    headers.emplace_back("retry-after-ms", std::to_string(*failure.retry_after_ms));
  }
  if (failure.should_retry) {
    headers.emplace_back("x-should-retry", *failure.should_retry ? "true" : "false");
  }
}

std::string masked_key(std::string_view key) {
  if (key.size() < 12) return std::string(key.size(), '*');
  return fmt::format("{}{}{}", key.substr(0, 3), std::string(key.size() - 7, '*'),
                     key.substr(key.size() - 4));
}

}  // namespace headgate::lab
