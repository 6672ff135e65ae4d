// What a search found as JSON, for the HTTP API, `headgate kb search --json` and traces: one
// spelling for all of them. Pure.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "agents/knowledge/search.h"
#include "base/config/fields.h"
#include "base/json/writer.h"

namespace headgate::agents::knowledge {

/// "hybrid", "words", "vectors".
std::string_view name(SearchMode mode);
std::optional<SearchMode> mode_named(std::string_view name);

/// Members of an object: id, document, title, heading, score, and rank and score in each ranking.
void write_ranks(base::json::Writer& to, const FoundChunk& chunk);

std::string result_json(std::string_view base, SearchMode mode, const SearchResult& result);

}  // namespace headgate::agents::knowledge

template <>
struct headgate::base::config::EnumNames<headgate::agents::knowledge::SearchMode> {
  static constexpr std::array<std::string_view, 3> names{"hybrid", "words", "vectors"};
};
