#include "cli/traces/filter.h"

#include <array>
#include <utility>

#include "storage/query/fields.h"
#include "storage/query/parser.h"
#include "storage/text/words.h"

namespace headgate::cli {

using storage::query::Expression;
using storage::query::Field;

base::Result<Expression> Filter::expression(std::int64_t now_unix_us) const {
  auto all = storage::query::parse(where, now_unix_us);
  if (!all) return base::fail(all.error().code, "--where: " + all.error().detail);
  const std::array<std::pair<Field, const std::string*>, 5> flags{{{Field::status, &status},
                                                                   {Field::model, &model},
                                                                   {Field::user, &user},
                                                                   {Field::session, &session},
                                                                   {Field::route, &route}}};
  for (const auto& [field, value] : flags) {
    if (value->empty()) continue;
    auto one = storage::query::parse_equals(field, *value, now_unix_us);
    if (!one) {
      return base::fail(one.error().code, "--" + std::string(storage::query::row(field).name) +
                                              ": " + one.error().detail);
    }
    all = Expression::both(std::move(*all), std::move(*one));
  }
  using storage::query::Op;
  if (since_unix_us > 0) {
    Expression since = Expression::of({Field::time, Op::ge, {{since_unix_us, {}}}, {}});
    all = Expression::both(std::move(*all), std::move(since));
  }
  if (text.empty()) return all;
  if (storage::text::phrase_of(text).words.empty()) {
    return base::fail(base::Errc::invalid_request, "--text: there is no word in it to look for");
  }
  return Expression::both(std::move(*all),
                          Expression::of({Field::text, Op::contains, {{0, text}}, {}}));
}

}  // namespace headgate::cli
