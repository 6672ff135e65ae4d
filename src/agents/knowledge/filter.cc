#include "agents/knowledge/filter.h"

#include <fmt/format.h>

namespace headgate::agents::knowledge {
namespace {

constexpr int kFixed = 2;  // version and tenant

}  // namespace

// Only numbers of parameters are written into it.
std::string filter_sql(const Filter& filter, int first) {
  std::string out = fmt::format(
      " d.from_version <= ?{0} AND d.to_version > ?{0} AND (d.tenant = '' OR d.tenant = ?{1})",
      first, first + 1);
  for (std::size_t i = 0; i < filter.labels.size(); ++i) {
    const int at = first + kFixed + static_cast<int>(i) * 2;
    out += fmt::format(
        " AND EXISTS (SELECT 1 FROM labels l WHERE l.document = d.id AND l.name = ?{} AND "
        "l.value = ?{})",
        at, at + 1);
  }
  return out;
}

void bind_filter(storage::Statement& statement, const Filter& filter, std::int64_t version,
                 int first) {
  statement.bind(first, version);
  statement.bind(first + 1, std::string_view(filter.tenant));
  int at = first + kFixed;
  for (const auto& [name, value] : filter.labels) {
    statement.bind(at++, std::string_view(name));
    statement.bind(at++, std::string_view(value));
  }
}

int filter_size(const Filter& filter) {
  return kFixed + static_cast<int>(filter.labels.size()) * 2;
}

base::Result<std::vector<std::int64_t>> matching_documents(storage::Database& database,
                                                           const Filter& filter,
                                                           std::int64_t version) {
  auto rows = database.prepare("SELECT d.id FROM documents d WHERE" + filter_sql(filter, 1) +
                               " ORDER BY d.id");
  if (!rows) return rows.error();
  bind_filter(*rows, filter, version, 1);
  std::vector<std::int64_t> out;
  for (;;) {
    const auto row = rows->step();
    if (!row) return row.error();
    if (!*row) return out;
    out.push_back(rows->integer(0));
  }
}

}  // namespace headgate::agents::knowledge
