// Any filter is read or refused; what is read becomes SQL with as many parameters as question
// marks, and may be held against a block.
#include "storage/query/parser.h"

#include <algorithm>
#include <cstdlib>

#include "storage/query/block.h"
#include "storage/query/sql.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace headgate::storage::query;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto expression = parse(text, 1'800'000'000'000'000);
  if (!expression) {
    if (expression.error().detail.empty()) std::abort();
    return 0;
  }
  const Sql sql = to_sql(*expression);
  const auto marks = std::count(sql.condition.begin(), sql.condition.end(), '?');
  if (static_cast<std::size_t>(marks) != sql.parameters.size()) std::abort();
  (void)may_hold(*expression, {});
  (void)needs_error(*expression);
  (void)needed_texts(*expression);
  return 0;
}
