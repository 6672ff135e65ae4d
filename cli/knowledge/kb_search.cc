#include <fmt/format.h>
#include <unistd.h>

#include "agents/knowledge/build.h"
#include "agents/retrieval/result_json.h"
#include "base/text/utf8.h"
#include "cli/knowledge/kb.h"
#include "cli/terminal.h"
#include "telemetry/trace_text.h"

namespace headgate::cli {

using agents::knowledge::FoundChunk;
using agents::knowledge::QueryVector;
using agents::knowledge::Rank;
using agents::knowledge::SearchAsk;
using agents::knowledge::SearchResult;
using base::Errc;
using base::fail;
using base::Result;

namespace {

Result<SearchAsk> ask_of(const KbSearchOptions& options) {
  SearchAsk out;
  out.query = options.query;
  out.count = options.count;
  out.mode = *agents::knowledge::mode_named(options.mode);
  out.filter.tenant = options.tenant;
  if (options.version > 0) out.version = options.version;
  for (const std::string& label : options.labels) {
    const auto equals = label.find('=');
    if (equals == std::string::npos || equals == 0) {
      return fail(Errc::invalid_request, "--label is name=value, found: " + label);
    }
    out.filter.labels.emplace_back(label.substr(0, equals), label.substr(equals + 1));
  }
  const auto checked = agents::knowledge::check(out);
  if (!checked) return checked.error();
  return out;
}

QueryVector vector_of(const KbSearchOptions& options, const server::Config& config,
                      const agents::knowledge::EmbeddingsConfig& embeddings) {
  QueryVector out;
  if (embeddings.model.empty() || options.mode == "words") return out;
  out.model = agents::knowledge::vector_space(embeddings);
  auto gateway = gateway_of(options.gateway, config);
  if (!gateway) {
    out.failure = gateway.error().detail;
    return out;
  }
  const auto embed = embed_by_gateway(std::move(*gateway), embeddings);
  auto vectors = embed({embeddings.query_prefix + options.query});
  if (!vectors) {
    out.failure = vectors.error().detail;
  } else if (vectors->size() != 1 || !agents::knowledge::normalise(vectors->front())) {
    out.failure = "the answer is not one vector with a direction";
  } else {
    out.values = std::move(vectors->front());
  }
  return out;
}

std::string rank_cell(const std::optional<Rank>& rank) {
  return rank ? fmt::format("#{} {:.3f}", rank->rank, rank->score) : "-";
}

std::string text_of(const SearchResult& result, bool full) {
  constexpr std::size_t kShown = 300;
  Table table({"#", "CHUNK", "SCORE", "WORDS", "VECTOR"}, 2);
  std::string texts;
  for (std::size_t i = 0; i < result.chunks.size(); ++i) {
    const FoundChunk& chunk = result.chunks[i];
    table.add({std::to_string(i + 1), telemetry::printable(chunk.id),
               fmt::format("{:.4f}", chunk.score), rank_cell(chunk.words),
               rank_cell(chunk.vector)});
    const std::string_view text =
        full ? std::string_view(chunk.text) : base::utf8_prefix(chunk.text, kShown);
    const bool says_more = !chunk.heading.empty() && chunk.heading != chunk.title;
    texts += fmt::format("\n{}. {}{}{}\n   {}{}\n", i + 1, telemetry::printable(chunk.title),
                         says_more ? " · " : "",
                         says_more ? telemetry::printable(chunk.heading) : std::string(),
                         telemetry::printable(text), text.size() < chunk.text.size() ? " …" : "");
  }
  return table.text(isatty(STDOUT_FILENO) != 0) + texts;
}

}  // namespace

int run_kb_search(const KbSearchOptions& options) {
  const auto config = kb_config(options);
  if (!config) return 1;
  const auto* base = kb_named(*config, options.name);
  if (base == nullptr) return 1;
  const auto ask = ask_of(options);
  if (!ask) return failed(ask.error());
  const std::string folder =
      agents::knowledge::index_folder(kb_storage(options, *config), options.name);
  auto database = agents::knowledge::open_index_for_reading(folder);
  if (!database) return failed(database.error());
  const QueryVector vector = vector_of(options, *config, base->embeddings);
  agents::knowledge::VectorCache cache;
  const auto found = agents::knowledge::search(*database, cache, *ask, vector);
  if (!found) return failed(found.error());
  if (options.json) {
    print_now(agents::knowledge::result_json(options.name, ask->mode, *found) + "\n");
    return 0;
  }
  print_now("index version " + found->version.text() + "\n");
  if (found->chunks.empty()) {
    note("no chunk was found");
  } else {
    print_now(text_of(*found, options.full));
  }
  if (!found->notice.empty()) note("by words alone: " + found->notice);
  return 0;
}

}  // namespace headgate::cli
