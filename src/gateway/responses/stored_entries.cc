#include "gateway/responses/stored_entries.h"

#include <utility>

#include "base/async/handoff.h"
#include "base/async/loop.h"
#include "base/owner.h"
#include "llm/responses/stored.h"

namespace headgate::gateway {

using base::Errc;
using base::Error;
using base::fail;
using base::Task;
using storage::StoredResponse;

namespace {

Error previous_not_found(std::string detail) {
  return fail(Errc::previous_response_not_found, std::move(detail), "previous_response_id");
}

}  // namespace

Error no_previous_response(const std::string& id) {
  return previous_not_found("Previous response with id '" + id + "' not found.");
}

Error not_stored(const std::string& why) {
  return fail(Errc::storage_failed, "The answer was made but could not be stored: " + why +
                                        ". With \"store\": false it would not have to be.");
}

Task<std::vector<std::string>> read_chain(base::Context& ctx, storage::ResponseStore& store,
                                          const std::string& id) {
  base::Handoff<std::vector<StoredResponse>> handoff(ctx.loop, ctx.cancellation);
  store.chain(base::tenant_or_key(*ctx.principal), id, handoff.receiver());
  auto chain = co_await handoff;
  if (!chain && chain.error().code == Errc::not_found) {
    co_return previous_not_found(chain.error().detail);
  }
  if (!chain) co_return chain.error();
  std::vector<std::string> entries;
  entries.reserve(chain->size());
  for (StoredResponse& each : *chain) entries.push_back(std::move(each.entry));
  co_return entries;
}

Task<void> write_entry(base::Context& ctx, storage::ResponseStore& store, std::string entry,
                       std::int64_t created_unix_us) {
  const auto read = llm::responses::read_stored(entry);
  if (!read) co_return not_stored(read.error().detail);
  StoredResponse row;
  row.id = read->id;
  row.previous = read->previous;
  row.tenant = base::tenant_or_key(*ctx.principal);
  row.created_unix_us = created_unix_us;
  row.entry = std::move(entry);
  base::Handoff<void> handoff(ctx.loop, ctx.cancellation);
  store.insert(std::move(row), handoff.receiver());
  auto stored = co_await handoff;
  const bool failed = !stored && stored.error().code != Errc::cancelled;
  if (failed && stored.error().code != Errc::conflict) co_return not_stored(stored.error().detail);
  co_return stored;
}

}  // namespace headgate::gateway
