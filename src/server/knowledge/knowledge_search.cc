#include "server/knowledge/knowledge_search.h"

#include <memory>
#include <optional>
#include <string>

#include "agents/retrieval/result_json.h"
#include "base/config/load.h"
#include "server/api/identity.h"
#include "server/api/model_calls.h"

namespace headgate::server {

using agents::knowledge::SearchAsk;
using agents::knowledge::SearchMode;
using base::Async;

namespace {

constexpr std::size_t kBodyBytesMax = 64 * 1024;

struct SearchBody {
  std::string query;
  std::int64_t k = 5;
  SearchMode mode = SearchMode::hybrid;
  agents::knowledge::LabelMap labels;
  std::optional<std::int64_t> version;

  template <class V>
  static void fields(V& v) {
    using C = SearchBody;
    v.field(
        "query", &C::query,
        {.doc = "What is looked for.", .max = agents::knowledge::kQueryBytesMax, .required = true});
    v.field("k", &C::k,
            {.doc = "How many chunks.", .min = 1, .max = agents::knowledge::kResultsMax});
    v.field("mode", &C::mode, {.doc = "By words, by vectors, or by both."});
    v.field(
        "labels", &C::labels,
        {.doc = "Labels that a document must have.", .max = agents::knowledge::kFilterLabelsMax});
    v.field("version", &C::version, {.doc = "Of the index.", .default_note = "the newest"});
  }
};

base::Result<SearchAsk> read_ask(std::string_view body) {
  auto read = base::config::read_json<SearchBody>(body);
  if (!read) return read.error();
  SearchAsk out;
  out.query = std::move(read->query);
  out.count = static_cast<std::size_t>(read->k);
  out.mode = read->mode;
  out.version = read->version;
  for (const auto& [name, value] : read->labels) out.filter.labels.emplace_back(name, value);
  return out;
}

}  // namespace

Async<void> knowledge_search(http::Exchange& exchange, LoopServices& services,
                             const Endpoint& endpoint) {
  base::Context ctx = make_context(exchange, services);
  std::shared_ptr<const base::Principal> principal;
  const bool admitted = co_await admit(ctx, exchange, services, endpoint.dialect, principal);
  if (!admitted) co_return;
  const auto body = co_await exchange.read_body(kBodyBytesMax);
  if (!body) {
    co_await reply_error(exchange, ctx, endpoint.dialect, body.error());
    co_return;
  }
  auto ask = read_ask(*body);
  if (!ask) {
    co_await reply_error(exchange, ctx, endpoint.dialect, ask.error());
    co_return;
  }
  const SearchMode mode = ask->mode;
  auto& retriever = *services.retriever;
  auto found = co_await retriever.search(ctx, endpoint.name, *ask);
  if (!found) {
    co_await reply_error(exchange, ctx, endpoint.dialect, found.error());
    co_return;
  }
  const std::string answer = agents::knowledge::result_json(endpoint.name, mode, *found);
  co_await reply_json(exchange, ctx, answer);
}

}  // namespace headgate::server
