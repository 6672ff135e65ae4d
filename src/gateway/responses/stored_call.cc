#include "gateway/responses/stored_call.h"

#include <utility>

#include "base/async/handoff.h"
#include "base/async/loop.h"
#include "llm/responses/stored.h"
#include "storage/responses/response_store.h"

namespace headgate::gateway {

namespace chat = llm::chat;
using base::Errc;
using base::Error;
using base::fail;
using base::Result;
using base::Task;

namespace {

bool is_responses(const Call& call) { return call.ask.dialect == chat::Dialect::openai_responses; }

Error previous_not_found(std::string detail) {
  return fail(Errc::previous_response_not_found, std::move(detail), "previous_response_id");
}

// The provider was paid, and the caller must not take the answer for a stored one. An error that
// says so, and that nobody repeats unasked.
Error not_stored(const std::string& why) {
  return fail(Errc::storage_failed, "The answer was made but could not be stored: " + why +
                                        ". With \"store\": false it would not have to be.");
}

Result<storage::StoredResponse> row_of(Attempt& attempt) {
  const Call& call = attempt.call;
  const auto read = llm::responses::read_stored(attempt.entry);
  if (!read) return read.error();
  storage::StoredResponse row;
  row.id = read->id;
  row.previous = read->previous;
  row.tenant = call.ctx.principal->tenant;
  row.created_unix_us = call.begun_unix_us;
  row.entry = std::exchange(attempt.entry, {});
  return row;
}

}  // namespace

bool is_kept_here(const Attempt& attempt) {
  if (!is_responses(attempt.call)) return false;
  return attempt.crosses() || attempt.model.provider->responses_store == ResponsesStore::headgate;
}

bool stores_answer(const Attempt& attempt) {
  const Call& call = attempt.call;
  return call.ask.operation == Operation::chat && call.request.store && is_kept_here(attempt);
}

Task<void> recall(Call& call, CallTools& tools) {
  const std::string& id = call.request.previous_response_id;
  if (!is_responses(call) || id.empty() || tools.responses == nullptr) co_return Result<void>{};
  base::Handoff<std::vector<storage::StoredResponse>> handoff(call.ctx.loop, call.ctx.cancellation);
  tools.responses->chain(call.ctx.principal->tenant, id, handoff.receiver());
  auto chain = co_await handoff;
  if (!chain && chain.error().code == Errc::not_found) {
    co_return previous_not_found(chain.error().detail);
  }
  if (!chain) co_return chain.error();
  for (auto& earlier : *chain) call.history.push_back(std::move(earlier.entry));
  co_return Result<void>{};
}

bool goes_as_asked(const Attempt& attempt, const chat::Request& request) {
  if (!is_responses(attempt.call)) return true;
  return attempt.call.history.empty() && request.previous_response_id.empty() && !request.store &&
         attempt.crosses();
}

Result<void> join_history(const Attempt& attempt, chat::Request& request) {
  const Call& call = attempt.call;
  if (!is_responses(call)) return {};
  if (is_kept_here(attempt)) {
    if (call.history.empty() && !request.previous_response_id.empty()) {
      return previous_not_found("Previous response with id '" + request.previous_response_id +
                                "' not found.");
    }
    // The provider is asked not to keep what is kept here, where it could.
    request.store.reset();
    if (!attempt.crosses() && call.ask.operation == Operation::chat) request.store = false;
  }
  if (call.history.empty()) return {};
  const std::vector<std::string_view> entries(call.history.begin(), call.history.end());
  auto joined = llm::responses::continued(std::move(request), entries, limits_of(call));
  if (!joined) return joined.error();
  request = std::move(*joined);
  return {};
}

Result<void> note_entry(Attempt& attempt, const chat::Answer* answer) {
  if (!stores_answer(attempt)) return {};
  if (answer == nullptr) return not_stored("it is too large");
  auto entry = llm::responses::stored_entry(*answer, answer_context(attempt));
  if (!entry) return not_stored(entry.error().detail);
  attempt.entry = std::move(*entry);
  return {};
}

Task<void> store_entry(Attempt& attempt, CallTools& tools) {
  const Call& call = attempt.call;
  if (call.settle_later || attempt.entry.empty() || tools.responses == nullptr) {
    co_return Result<void>{};
  }
  auto row = row_of(attempt);
  if (!row) co_return not_stored(row.error().detail);
  base::Handoff<void> handoff(call.ctx.loop, call.ctx.cancellation);
  tools.responses->insert(std::move(*row), handoff.receiver());
  auto stored = co_await handoff;
  if (!stored && stored.error().code != Errc::cancelled) {
    co_return not_stored(stored.error().detail);
  }
  co_return stored;
}

}  // namespace headgate::gateway
