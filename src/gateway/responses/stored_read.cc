#include "gateway/responses/stored_read.h"

#include <vector>

#include "base/async/handoff.h"
#include "base/async/loop.h"
#include "base/owner.h"

namespace headgate::gateway {

using base::Errc;
using base::Error;
using base::fail;
using base::Handoff;
using base::Task;
using storage::ResponseStore;
using storage::StoredResponse;

namespace {

Error not_found(const std::string& id) {
  return fail(Errc::response_not_found, "Response with id '" + id + "' not found.");
}

}  // namespace

Task<std::string> read_response(base::Context& ctx, ResponseStore& store, const std::string& id) {
  Handoff<StoredResponse> handoff(ctx.loop, ctx.cancellation);
  store.find(base::tenant_or_key(*ctx.principal), id, handoff.receiver());
  auto row = co_await handoff;
  if (!row && row.error().code == Errc::not_found) co_return not_found(id);
  if (!row) co_return row.error();
  const auto stored = llm::responses::read_stored(row->entry);
  if (!stored) co_return stored.error();
  co_return std::string(stored->response);
}

Task<std::string> read_input_items(base::Context& ctx, ResponseStore& store, const std::string& id,
                                   const llm::responses::ListQuery& query) {
  Handoff<std::vector<StoredResponse>> handoff(ctx.loop, ctx.cancellation);
  store.chain(base::tenant_or_key(*ctx.principal), id, handoff.receiver());
  auto chain = co_await handoff;
  if (!chain && chain.error().code == Errc::not_found) {
    co_return fail(Errc::response_not_found, chain.error().detail);
  }
  if (!chain) co_return chain.error();
  if (chain->empty()) co_return not_found(id);
  std::vector<std::string_view> entries;
  for (const StoredResponse& each : *chain) entries.push_back(each.entry);
  co_return llm::responses::input_items_body(entries, query);
}

Task<std::string> delete_response(base::Context& ctx, ResponseStore& store, const std::string& id) {
  Handoff<bool> handoff(ctx.loop, ctx.cancellation);
  store.erase(base::tenant_or_key(*ctx.principal), id, handoff.receiver());
  auto erased = co_await handoff;
  if (!erased) co_return erased.error();
  if (!*erased) co_return not_found(id);
  co_return llm::responses::deleted_body(id);
}

}  // namespace headgate::gateway
