#include "agents/retrieval/result_json.h"

#include "base/config/value.h"

namespace headgate::agents::knowledge {
namespace {

constexpr const auto& kModes = base::config::EnumNames<SearchMode>::names;

void write_rank(base::json::Writer& to, std::string_view key, const std::optional<Rank>& rank) {
  if (!rank) {
    to.member_null(key);
    return;
  }
  to.object(key);
  to.member("rank", rank->rank);
  to.member_raw("score", base::config::number_text(rank->score));
  to.end_object();
}

}  // namespace

std::string_view name(SearchMode mode) { return kModes[static_cast<std::size_t>(mode)]; }

std::optional<SearchMode> mode_named(std::string_view name) {
  for (std::size_t i = 0; i < kModes.size(); ++i) {
    if (kModes[i] == name) return static_cast<SearchMode>(i);
  }
  return std::nullopt;
}

void write_ranks(base::json::Writer& to, const FoundChunk& chunk) {
  to.member("id", chunk.id);
  to.member("document", chunk.document);
  to.member("title", chunk.title);
  to.member("heading", chunk.heading);
  to.member_raw("score", base::config::number_text(chunk.score));
  write_rank(to, "words", chunk.words);
  write_rank(to, "vector", chunk.vector);
}

std::string result_json(std::string_view base, SearchMode mode, const SearchResult& result) {
  std::string out;
  base::json::Writer to(out);
  to.begin_object();
  to.member("object", "knowledge.search");
  to.member("knowledge", base);
  to.member("index_version", result.version.text());
  to.member("version", result.version.number);
  to.member("mode", name(mode));
  if (result.notice.empty()) {
    to.member_null("without_vectors");
  } else {
    to.member("without_vectors", result.notice);
  }
  to.array("data");
  for (const FoundChunk& chunk : result.chunks) {
    to.begin_object();
    write_ranks(to, chunk);
    to.member("text", chunk.text);
    to.end_object();
  }
  to.end_array();
  to.end_object();
  return out;
}

}  // namespace headgate::agents::knowledge
