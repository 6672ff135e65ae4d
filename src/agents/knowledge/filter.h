// Which documents a search may see: those of one version, of the caller's tenant or of everybody,
// with all of the labels. Applied inside the search, in SQL that words and vectors share, so that a
// search finds as many chunks as there are. Not thread-safe: belongs to a connection's user.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "agents/documents/document.h"
#include "storage/sqlite.h"

namespace headgate::agents::knowledge {

struct Filter {
  std::string tenant;  // empty: only what is everybody's
  Labels labels;       // each must be there
};

inline constexpr std::size_t kFilterLabelsMax = 16;

/// " d.from_version <= …": a condition on documents `d`. Its parameters follow ?N, the first free
/// one; bind_filter() binds them.
std::string filter_sql(const Filter& filter, int first);
/// Views into `filter` are bound: it outlives the statement's run.
void bind_filter(storage::Statement& statement, const Filter& filter, std::int64_t version,
                 int first);
/// How many parameters it takes.
int filter_size(const Filter& filter);

/// Ids of the documents, ascending.
base::Result<std::vector<std::int64_t>> matching_documents(storage::Database& database,
                                                           const Filter& filter,
                                                           std::int64_t version);

}  // namespace headgate::agents::knowledge
